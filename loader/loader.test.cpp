// The loader on modules put together by hand: what is refused, and why.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "gc/literal_area.h"
#include "loader/iff.h"
#include "loader/parse.h"
#include "loader/reader.h"
#include "loader/verify.h"
#include "vm/code/code.h"
#include "vm/term/atom.h"

using namespace joist;

namespace {

using Bytes_ = std::vector<uint8_t>;

void put32(Bytes_& out, uint32_t v) {
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(uint8_t(v >> shift));
}

// A beam file with module `m`, one function f/Arity at labels 1 and 2, and the given instructions behind its entry.
class Assembler {
 public:
  explicit Assembler(uint8_t arity) : arity_(arity) {
    if (atom_count() == 0) init_atoms(size_t(1) << 20);
    init_literals();
    init_code();
    op(op_label).u(1);
    op(op_func_info).a(1).a(2).u(arity);
    op(op_label).u(2);
  }
  Assembler& op(Opcode o) { code_.push_back(uint8_t(o)); return *this; }
  Assembler& u(uint32_t v) { return tagged(0, v); }
  Assembler& i(uint32_t v) { return tagged(1, v); }
  Assembler& a(uint32_t v) { return tagged(2, v); }
  Assembler& x(uint32_t v) { return tagged(3, v); }
  Assembler& y(uint32_t v) { return tagged(4, v); }
  Assembler& f(uint32_t v) { return tagged(5, v); }
  Assembler& list(uint32_t n) { return tagged(7, 1).u(n); }

  Bytes_ file() {
    Bytes_ code = code_;
    code.push_back(op_int_code_end);
    Bytes_ chunk;
    for (uint32_t v : {16u, 0u, 180u, labels, 1u}) put32(chunk, v);
    chunk.insert(chunk.end(), code.begin(), code.end());
    Bytes_ atoms;
    put32(atoms, 2);
    for (char c : {'m', 'f'}) atoms.push_back(1), atoms.push_back(uint8_t(c));
    Bytes_ none, exports;
    put32(none, 0);
    for (uint32_t v : {1u, 2u, uint32_t(arity_), 2u}) put32(exports, v);
    Bytes_ body;
    add(body, "AtU8", atoms);
    add(body, "Code", chunk);
    add(body, "ImpT", none);
    add(body, "ExpT", exports);
    Bytes_ out = {'F', 'O', 'R', '1'};
    put32(out, uint32_t(body.size() + 4));
    for (char c : {'B', 'E', 'A', 'M'}) out.push_back(uint8_t(c));
    out.insert(out.end(), body.begin(), body.end());
    return out;
  }
  // Empty when the module is accepted.
  std::string verdict() {
    auto module = parse_module(file());
    if (!module) return module.error().reason;
    auto verified = verify_module(**module);
    return verified ? "" : verified.error().reason;
  }
  uint32_t labels = 10;

 private:
  Assembler& tagged(unsigned tag, uint32_t v) {
    if (v < 16) {
      code_.push_back(uint8_t(v << 4 | tag));
    } else {
      VERIFY(v < 2048);
      code_.push_back(uint8_t(v >> 8 << 5 | 8 | tag));
      code_.push_back(uint8_t(v));
    }
    return *this;
  }
  static void add(Bytes_& body, const char* name, const Bytes_& content) {
    body.insert(body.end(), name, name + 4);
    put32(body, uint32_t(content.size()));
    body.insert(body.end(), content.begin(), content.end());
    while (body.size() % 4) body.push_back(0);
  }
  uint8_t arity_;
  Bytes_ code_;
};

bool mentions(const std::string& text, const char* part) {
  INFO(text);
  return text.find(part) != std::string::npos;
}

CompactNumber compact(Bytes_ bytes, bool* ok) {
  static Bytes_ kept;
  kept = std::move(bytes);
  Reader in(kept);
  CompactNumber n = read_compact(in);
  *ok = in.ok();
  return n;
}

}  // namespace

TEST_CASE("compact numbers") {
  bool ok;
  CHECK(compact({0x10}, &ok).value == 1);
  CHECK(compact({0x2b, 0x05}, &ok).value == (1 << 8 | 5));
  CHECK(compact({0x19, 0xff, 0xfe}, &ok).value == -2);                           // integer, two bytes
  CHECK(compact({0x18, 0xff, 0xfe}, &ok).value == 0xfffe);                       // unsigned
  CHECK(compact({0x79, 0, 0, 0, 0, 1}, &ok).value == 1);
  CHECK(compact({0xf9, 0x00, 1, 0, 0, 0, 0, 0, 0, 0, 0}, &ok).big.size() == 9);  // 2^64
  CHECK(ok);
  compact({0x19, 0xff}, &ok);
  CHECK_FALSE(ok);
  compact({0xf9, 0xf8, 0xf8, 0xf8}, &ok);  // a size whose size has a size
  CHECK_FALSE(ok);
  compact({}, &ok);
  CHECK_FALSE(ok);
}

TEST_CASE("a module that is right") {
  CHECK(Assembler(1).op(op_return).verdict() == "");
  CHECK(Assembler(0).op(op_move).i(7).x(0).op(op_return).verdict() == "");
  CHECK(Assembler(1).op(op_is_nil).f(1).x(0).op(op_return).verdict() == "");
  CHECK(Assembler(1).op(op_test_heap).u(2).u(1).op(op_put_list).x(0).a(0).x(0).op(op_return).verdict() == "");
}

TEST_CASE("containers and headers that lie") {
  auto good = Assembler(1).op(op_return).file();
  for (size_t size = 0; size < good.size(); size++) {
    auto module = parse_module({good.data(), size});
    CHECK_FALSE(bool(module));
  }
  Assembler few(1);
  few.labels = 2;
  CHECK(mentions(few.op(op_return).verdict(), "label"));
  Assembler many(1);
  many.labels = 0xffffffff;
  CHECK(mentions(many.op(op_return).verdict(), "header"));
}

TEST_CASE("registers that are not set") {
  CHECK(mentions(Assembler(0).op(op_return).verdict(), "x0"));
  CHECK(mentions(Assembler(1).op(op_move).x(1).x(0).op(op_return).verdict(), "x1 is not set"));
  CHECK(mentions(Assembler(1).op(op_test_heap).u(0).u(2).op(op_return).verdict(), "x1 is live"));
  // Lost at a point where the collector may run.
  CHECK(mentions(Assembler(2).op(op_test_heap).u(0).u(1).op(op_move).x(1).x(0).op(op_return).verdict(), "x1 is not set"));
  // Set on one way only.
  CHECK(mentions(Assembler(1).op(op_is_nil).f(3).x(0).op(op_move).i(1).x(1).op(op_label).u(3).op(op_move).x(1).x(0).op(op_return).verdict(),
                 "x1 is not set"));
}

TEST_CASE("frames") {
  CHECK(Assembler(1).op(op_allocate).u(0).u(1).op(op_call).u(1).f(2).op(op_deallocate).u(0).op(op_return).verdict() == "");
  CHECK(mentions(Assembler(1).op(op_call).u(1).f(2).op(op_return).verdict(), "without a stack frame"));
  CHECK(mentions(Assembler(1).op(op_allocate).u(1).u(1).op(op_return).verdict(), "still there"));
  CHECK(mentions(Assembler(1).op(op_allocate).u(2).u(1).op(op_deallocate).u(1).op(op_return).verdict(), "another size"));
  CHECK(mentions(Assembler(1).op(op_allocate).u(1).u(1).op(op_call).u(1).f(2).op(op_deallocate).u(1).op(op_return).verdict(),
                 "y0 is not initialised"));
  CHECK(mentions(Assembler(1).op(op_allocate).u(1).u(1).op(op_move).x(0).y(1).op(op_deallocate).u(1).op(op_return).verdict(), "outside"));
  CHECK(mentions(Assembler(1).op(op_deallocate).u(0).op(op_return).verdict(), "another size"));
  CHECK(mentions(Assembler(1).op(op_allocate).u(1).u(1).op(op_catch).y(0).f(3).op(op_deallocate).u(1).op(op_return).op(op_label).u(3)
                     .op(op_catch_end).y(0).op(op_deallocate).u(1).op(op_return).verdict(), "active catch"));
  // A way out of a catch that joins one without it: only what raises may follow.
  auto leaves_catch = [] {
    return Assembler(1).op(op_allocate).u(1).u(1).op(op_move).x(0).y(0).op(op_is_nil).f(4).x(0).op(op_catch).y(0).f(3)
        .op(op_is_nil).f(4).x(0).op(op_label).u(3).op(op_catch_end).y(0).op(op_deallocate).u(1).op(op_return).op(op_label).u(4);
  };
  CHECK(leaves_catch().op(op_if_end).verdict() == "");
  CHECK(mentions(leaves_catch().op(op_deallocate).u(1).op(op_return).verdict(), "active catch"));
  CHECK(mentions(leaves_catch().op(op_move).x(0).y(0).op(op_if_end).verdict(), "active catch"));
  CHECK(mentions(leaves_catch().op(op_move).y(0).x(0).op(op_if_end).verdict(), "y0 is not set"));
}

TEST_CASE("a timeout is read once") {
  // Goes on at itself, and at a jump to itself.
  CHECK(Assembler(1).op(op_label).u(3).op(op_wait_timeout).f(3).x(0).op(op_timeout).op(op_move).i(1).x(0).op(op_return).verdict() == "");
  CHECK(Assembler(1).op(op_label).u(3).op(op_wait_timeout).f(4).x(0).op(op_timeout).op(op_move).i(1).x(0).op(op_return).op(op_label).u(4)
            .op(op_jump).f(3).verdict() == "");
  CHECK(mentions(Assembler(1).op(op_label).u(3).op(op_move).x(0).x(1).op(op_wait_timeout).f(3).x(1).op(op_if_end).verdict(), "x0 is not set"));
}

TEST_CASE("heap, labels and operands") {
  CHECK(mentions(Assembler(1).op(op_put_list).x(0).a(0).x(0).op(op_return).verdict(), "heap"));
  CHECK(mentions(Assembler(1).op(op_jump).f(9).verdict(), "kind"));
  CHECK(mentions(Assembler(1).op(op_move).i(1).x(0).verdict(), "runs off"));
  CHECK(mentions(Assembler(1).op(op_call_only).u(1).f(1).verdict(), "kind"));
  CHECK(mentions(Assembler(1).op(op_call_only).u(2).f(2).verdict(), "number of arguments"));
  CHECK(mentions(Assembler(1).op(op_call_ext_only).u(1).u(0).verdict(), "kind"));
  CHECK(mentions(Assembler(1).op(op_move).x(0).i(1).op(op_return).verdict(), "kind"));
  CHECK(mentions(Assembler(1).op(op_label).u(2).op(op_return).verdict(), "twice"));
  CHECK(mentions(Assembler(1).op(op_make_fun3).u(0).x(0).list(0).op(op_return).verdict(), "fun"));
  CHECK(mentions(Assembler(1).op(op_select_val).x(0).f(1).list(1).i(1).verdict(), "labels expected"));
  CHECK(mentions(Assembler(1).op(Opcode(27)).verdict(), "cut off"));
}
