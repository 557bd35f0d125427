// Terms to bytes.
//
// The work left is a stack of operations, each with one term: encode it, go on with a tuple at an index, with a list
// at a cell, with a map or a trie node. The terms lie in an array of their own, so that a collection between two
// steps can visit and move them; everything else is offsets. The same machine counts (encoded_size): then nothing is
// written but the size grows.
#include <zlib.h>

#include <algorithm>
#include <cstdio>

#include "vm/sys/memory.h"
#include "vm/term/arith.h"
#include "vm/term/atom.h"
#include "vm/term/compare.h"
#include "vm/term/etf/etf.h"
#include "vm/term/etf/tags.h"
#include "vm/term/fun_identity.h"
#include "vm/term/identity.h"

namespace joist::etf {

Hooks hooks;

namespace {

enum class Op : uint8_t {
  Whole,      // the term itself
  Tuple,      // elements from index a
  List,       // a: offset of the length to patch, b: cells so far; the term is the next cell
  FlatMap,    // associations from index a
  Node,       // a trie node's children below index a, last to first
  FunSize,    // a: offset of the fun's size to patch
  FunEnv,     // environment from index a
  Bytes,      // a: offset of the copy, b: bytes done
  Second,     // the term behind the first one
};
struct Work {
  Op op;
  size_t a, b;
};

}  // namespace

struct Encoder::State {
  EncodeOptions options;
  bool counting;
  bool too_large = false;

  // ---- output
  SharedBytes* out = nullptr;
  size_t size = 0, second_at = 0;
  uint8_t scratch[64];  // where small pieces go while counting

  // ---- work left: parallel arrays
  Term* terms = nullptr;
  Work* work = nullptr;
  size_t depth = 0, capacity = 0;
  size_t units = 0;

  // ---- compression
  bool compressing = false;
  z_stream stream{};
  SharedBytes* packed = nullptr;

  State(Term t, Term second, const EncodeOptions& o, bool count) : options(o), counting(count), size(o.headroom) {
    if (!counting) out = SharedBytes::create(200 + size);
    if (second.is_value()) push(second, {Op::Second, 0, 0});
    begin(t);
  }
  ~State() {
    if (out) out->release();
    if (packed) packed->release();
    if (compressing) deflateEnd(&stream);
    sys::release(terms, sys::Alloc::Temporary);
    sys::release(work, sys::Alloc::Temporary);
  }

  // n bytes at the end of the output, to be filled at once; while counting n is at most 64 or the bytes are not
  // touched.
  uint8_t* room(size_t n) {
    size_t at = size;
    size += n;
    if (counting) return scratch;
    if (size > out->capacity) out = SharedBytes::resize(out, std::max(size, out->capacity * 2));
    return out->data + at;
  }
  void begin(Term t) {
    if (!options.skip_magic) *room(1) = version_magic;
    push(t, {Op::Whole, 0, 0});
  }
  void push(Term t, Work w) {
    if (depth == capacity) {
      capacity = capacity ? capacity * 2 : 64;
      terms = static_cast<Term*>(sys::reallocate(terms, capacity * sizeof(Term), sys::Alloc::Temporary));
      work = static_cast<Work*>(sys::reallocate(work, capacity * sizeof(Work), sys::Alloc::Temporary));
    }
    terms[depth] = t;
    work[depth++] = w;
  }
  void tagged8(Tag tag, size_t n) {
    uint8_t* p = room(2);
    p[0] = tag;
    p[1] = uint8_t(n);
  }
  void tagged32(Tag tag, size_t n) {
    if (n > 0xffffffff) too_large = true;
    uint8_t* p = room(5);
    p[0] = tag;
    put32(p + 1, uint32_t(n));
  }
  void number32(uint32_t n) { put32(room(4), n); }

  void atom(Term t) {
    if (options.atom_cache_index) {
      int index = options.atom_cache_index(options.atom_cache_context, t);
      if (index >= 0) return tagged8(tag_atom_cache_ref, size_t(index));
    }
    std::string_view text = atom_text(t);
    if (options.minor_version >= 2 || !atom_is_latin1(t)) {
      if (text.size() <= 255) {
        tagged8(tag_small_atom_utf8, text.size());
      } else {
        uint8_t* p = room(3);
        p[0] = tag_atom_utf8;
        put16(p + 1, uint16_t(text.size()));
      }
      uint8_t* p = room(text.size());
      if (!counting) std::memcpy(p, text.data(), text.size());
      return;
    }
    size_t characters = atom_characters(t);
    uint8_t* p = room(3);
    p[0] = tag_atom;
    put16(p + 1, uint16_t(characters));
    p = room(characters);
    if (counting) return;
    for (size_t i = 0; i < text.size(); i++) {
      uint8_t c = uint8_t(text[i]);
      *p++ = c < 0x80 ? c : uint8_t(c << 6 | (uint8_t(text[++i]) & 0x3f));
    }
  }

  void small_integer(SWord v) {
    if (v >= 0 && v < 256) return tagged8(tag_small_integer, size_t(v));
    if (v == int32_t(v)) {
      uint8_t* p = room(5);
      p[0] = tag_integer;
      return put32(p + 1, uint32_t(v));
    }
    Word magnitude = v < 0 ? -Word(v) : Word(v);
    big(&magnitude, 1, v < 0);
  }
  void big(const Word* limbs, size_t count, bool negative) {
    size_t bytes = count * 8 - size_t(__builtin_clzll(limbs[count - 1])) / 8;
    if (bytes < 256) tagged8(tag_small_big, bytes);
    else tagged32(tag_large_big, bytes);
    *room(1) = negative;
    uint8_t* p = room(bytes);
    if (!counting) std::memcpy(p, limbs, bytes);
  }
  void floating(double d) {
    if (options.minor_version == 0) {
      *room(1) = tag_float;
      auto* p = reinterpret_cast<char*>(room(float_text_bytes));
      char text[40] = {};
      snprintf(text, sizeof text, "%.20e", d);
      std::memcpy(p, text, float_text_bytes);
      return;
    }
    uint8_t* p = room(9);
    p[0] = tag_new_float;
    put64(p + 1, __builtin_bit_cast(Word, d));
  }

  void pid(Term t) {
    NodeIdentity node = node_of(t);
    PidNumbers numbers = pid_numbers(t);
    *room(1) = tag_new_pid;
    atom(node.name);
    uint8_t* p = room(12);
    put32(p, numbers.number);
    put32(p + 4, numbers.serial);
    put32(p + 8, node.creation);
  }
  void port(Term t) {
    NodeIdentity node = node_of(t);
    Word number = port_number(t);
    bool v4 = number > max_pid_number;
    *room(1) = v4 ? tag_v4_port : tag_new_port;
    atom(node.name);
    if (v4) put64(room(8), number);
    else number32(uint32_t(number));
    number32(node.creation);
  }
  void reference(Term t) {
    NodeIdentity node = node_of(t);
    RefNumbers numbers = ref_numbers(t);
    size_t count = 3;
    if (auto external = t.as<ExternalRef>()) {
      count = header_aux(external->header);
      if (count == 0) count = numbers.words[numbers.count - 1] >> 32 ? 2 * numbers.count : 2 * numbers.count - 1;
    }
    if (!counting) keep_findable(t);
    uint8_t* p = room(3);
    p[0] = tag_newer_reference;
    put16(p + 1, uint16_t(count));
    atom(node.name);
    number32(node.creation);
    for (size_t i = 0; i < count; i++) number32(numbers.id(i));
  }

  void bitstring(Term t) {
    BitSpan span = bits::span(t);
    size_t bytes = span.byte_size(), odd = span.size % 8;
    tagged32(odd ? tag_bit_binary : tag_binary, bytes);
    if (odd) *room(1) = uint8_t(odd);
    size_t at = size;
    uint8_t* p = room(bytes);
    if (counting) return;
    if (odd) p[bytes - 1] = 0;
    if (bytes > 4096) push(t, {Op::Bytes, at, 0});
    else bits::copy(p, 0, span.data, span.offset, span.size);
  }
  // One piece of a long copy; pops itself.
  void more_bytes(Work& w, size_t budget) {
    BitSpan span = bits::span(terms[depth - 1]);
    size_t piece = std::min(span.byte_size() - w.b, std::max<size_t>(4096, budget * 64));
    size_t bits = std::min(span.size - 8 * w.b, 8 * piece);
    bits::copy(out->data + w.a + w.b, 0, span.data, span.offset + 8 * w.b, bits);
    units += piece / 64;
    w.b += piece;
    if (w.b == span.byte_size()) depth--;
  }

  // Length of a list of bytes that STRING_EXT can hold, else 0.
  static size_t string_length(Term list) {
    size_t n = 0;
    while (list.is_cons()) {
      Cons* cell = list.as_cons();
      if (!cell->head.is_small() || Word(cell->head.small_value()) > 255 || ++n > 0xffff) return 0;
      list = cell->tail;
    }
    return list.is_nil() ? n : 0;
  }
  void list(Term t) {
    if (size_t n = string_length(t)) {
      uint8_t* p = room(3);
      p[0] = tag_string;
      put16(p + 1, uint16_t(n));
      p = room(n);
      units += n / 16;
      if (counting) return;
      for (; t.is_cons(); t = t.as_cons()->tail) *p++ = uint8_t(t.as_cons()->head.small_value());
      return;
    }
    *room(1) = tag_list;
    push(t, {Op::List, size, 0});
    room(4);
  }

  void fun(Fun* fun, Term t) {
    const FunIdentity& identity = fun_identity(*fun);
    *room(1) = tag_new_fun;
    push(nil, {Op::FunSize, size, 0});
    room(4);
    uint8_t* p = room(25);
    p[0] = uint8_t(identity.arity);
    std::memcpy(p + 1, identity.uniq, 16);
    put32(p + 17, identity.index);
    put32(p + 21, uint32_t(fun->env_size()));
    atom(identity.module);
    if (counting) {
      room(10);  // as OTP counts them
    } else {
      small_integer(SWord(identity.old_index));
      small_integer(SWord(identity.old_uniq));
    }
    pid(fun->creator);
    if (fun->env_size()) push(t, {Op::FunEnv, 0, 0});
  }

  void trie(Term t, size_t count) {
    tagged32(tag_map, count);
    if (options.deterministic) return sorted(t, count);
    push(t, {Op::Node, size_t(__builtin_popcount(header_aux(t.header()))), 0});
  }
  // Pushes all associations of a large map in the order of their keys.
  void sorted(Term map, size_t count);

  void whole(Term t) {
    switch (t.tag()) {
      case joist::Tag::Small: return small_integer(t.small_value());
      case joist::Tag::FloatA: case joist::Tag::FloatB: return floating(t.inline_float_value());
      case joist::Tag::Cons: return list(t);
      case joist::Tag::Immediate:
        if (t.is_nil()) *room(1) = tag_nil;
        else if (t.is_atom()) atom(t);
        else if (t.is_local_pid()) pid(t);
        else if (t.is_local_port()) port(t);
        else break;
        return;
      case joist::Tag::Boxed: return boxed(t);
      default: break;
    }
    PANIC("etf: no term: %#lx", t.raw());
  }
  void boxed(Term t) {
    Word* p = t.boxed_words();
    switch (header_kind(*p)) {
      case Kind::Tuple: {
        size_t arity = reinterpret_cast<Tuple*>(p)->arity();
        if (arity <= 255) tagged8(tag_small_tuple, arity);
        else tagged32(tag_large_tuple, arity);
        if (arity) push(t, {Op::Tuple, 0, 0});
        return;
      }
      case Kind::FlatMap: {
        size_t n = reinterpret_cast<joist::FlatMap*>(p)->size();
        tagged32(tag_map, n);
        if (n) push(t, {Op::FlatMap, 0, 0});
        return;
      }
      case Kind::MapRoot: return trie(t, size_t(reinterpret_cast<MapRoot*>(p)->count.small_value()));
      case Kind::Fun: return fun(reinterpret_cast<Fun*>(p), t);
      case Kind::ExportFun: {
        const ExportIdentity& identity = export_identity(*reinterpret_cast<ExportFun*>(p));
        *room(1) = tag_export;
        atom(identity.module);
        atom(identity.function);
        return small_integer(identity.arity);
      }
      case Kind::Float: return floating(reinterpret_cast<FloatBox*>(p)->value);
      case Kind::Bignum: {
        auto* number = reinterpret_cast<Bignum*>(p);
        return big(number->limbs, number->limb_count(), number->negative());
      }
      case Kind::Ref: case Kind::MagicRef: case Kind::ExternalRef: return reference(t);
      case Kind::ExternalPid: return pid(t);
      case Kind::ExternalPort: return port(t);
      case Kind::HeapBits: case Kind::RefcBits: case Kind::SubBits: return bitstring(t);
      default: PANIC("etf: header %#lx", *p);
    }
  }

  // One operation of the stack. References into it end at the first push.
  void one(size_t budget) {
    Work& w = work[depth - 1];
    Term t = terms[depth - 1];
    switch (w.op) {
      case Op::Whole: depth--; return whole(t);
      case Op::Tuple: {
        auto* tuple = reinterpret_cast<Tuple*>(t.boxed_words());
        Term element = tuple->at(w.a++);
        if (w.a == tuple->arity()) depth--;
        return whole(element);
      }
      case Op::List: {
        Cons* cell = t.as_cons();
        w.b++;
        if (cell->tail.is_cons()) {
          terms[depth - 1] = cell->tail;
        } else {
          if (w.b > 0xffffffff) too_large = true;
          if (!counting) put32(out->data + w.a, uint32_t(w.b));
          terms[depth - 1] = cell->tail;
          w.op = Op::Whole;
        }
        return whole(cell->head);
      }
      case Op::FlatMap: {
        auto* map = reinterpret_cast<joist::FlatMap*>(t.boxed_words());
        size_t i = w.a++;
        if (w.a == map->size()) depth--;
        push(map->values[i], {Op::Whole, 0, 0});
        return whole(map->key_tuple()->at(i));
      }
      case Op::Node: {
        Word* p = t.boxed_words();
        auto* children = reinterpret_cast<Term*>(p + (header_kind(*p) == Kind::MapRoot ? 2 : 1));
        Term child = children[--w.a];
        if (w.a == 0) depth--;
        if (child.is_cons()) {
          push(child.as_cons()->tail, {Op::Whole, 0, 0});
          return whole(child.as_cons()->head);
        }
        return push(child, {Op::Node, size_t(__builtin_popcount(header_aux(child.header()))), 0});
      }
      case Op::FunSize:
        depth--;
        if (!counting) put32(out->data + w.a, uint32_t(size - w.a));
        return;
      case Op::FunEnv: {
        auto* fun = reinterpret_cast<Fun*>(t.boxed_words());
        Term value = fun->env[w.a++];
        if (w.a == fun->env_size()) depth--;
        return whole(value);
      }
      case Op::Bytes: return more_bytes(w, budget);
      case Op::Second:
        depth--;
        second_at = size;
        return begin(t);
    }
  }

  // A budget's worth of compression; true when done.
  bool compress(size_t budget);
};

void Encoder::State::sorted(Term map, size_t count) {
  struct Pair {
    Term key, value;
  };
  auto* pairs = static_cast<Pair*>(sys::allocate(count * sizeof(Pair), sys::Alloc::Temporary));
  size_t n = 0, base = depth;
  push(map, {Op::Node, size_t(__builtin_popcount(header_aux(map.header()))), 0});
  while (depth > base) {
    Word* p = terms[depth - 1].boxed_words();
    auto* children = reinterpret_cast<Term*>(p + (header_kind(*p) == Kind::MapRoot ? 2 : 1));
    Term child = children[--work[depth - 1].a];
    if (work[depth - 1].a == 0) depth--;
    if (child.is_cons()) pairs[n++] = {child.as_cons()->head, child.as_cons()->tail};
    else push(child, {Op::Node, size_t(__builtin_popcount(header_aux(child.header()))), 0});
  }
  std::sort(pairs, pairs + n, [](const Pair& a, const Pair& b) { return compare_terms_exact(a.key, b.key) < 0; });
  units += n;
  for (size_t i = n; i-- > 0;) {
    push(pairs[i].value, {Op::Whole, 0, 0});
    push(pairs[i].key, {Op::Whole, 0, 0});
  }
  sys::release(pairs, sys::Alloc::Temporary);
}

bool Encoder::State::compress(size_t budget) {
  // Used only when it is no longer than the plain bytes: 131, 80, the size, then what deflate made.
  size_t room_for = size < 6 ? 0 : size - 6;
  if (!compressing) {
    if (room_for == 0 || options.skip_magic || deflateInit(&stream, options.compressed) != Z_OK) return true;
    compressing = true;
    packed = SharedBytes::create(size);
    stream.next_in = out->data + 1;
    stream.next_out = packed->data + 6;
  }
  size_t given = size_t(stream.next_in - (out->data + 1)), left = size - 1 - given;
  size_t chunk = std::min(left, budget * 64);
  size_t free_bytes = room_for - size_t(stream.next_out - (packed->data + 6));
  stream.avail_in = unsigned(std::min<size_t>(chunk, 1u << 30));
  stream.avail_out = unsigned(std::min<size_t>(free_bytes, 1u << 30));
  int status = deflate(&stream, stream.avail_in == left ? Z_FINISH : Z_NO_FLUSH);
  units += chunk / 64 + 1;
  if (status == Z_STREAM_END) {
    uint8_t* p = packed->data;
    p[0] = version_magic;
    p[1] = tag_compressed;
    put32(p + 2, uint32_t(size - 1));
    size = size_t(stream.next_out - p);
    std::swap(out, packed);
    return true;
  }
  free_bytes = room_for - size_t(stream.next_out - (packed->data + 6));
  return (status != Z_OK && status != Z_BUF_ERROR) || free_bytes == 0;
}

Encoder::Encoder(Term t, const EncodeOptions& options, Term second)
    : state_(sys::create<State>(sys::Alloc::Temporary, t, second, options, false)) {}

Encoder::~Encoder() { sys::destroy(state_, sys::Alloc::Temporary); }

bool Encoder::step(size_t budget, size_t* used) {
  State& s = *state_;
  s.units = 0;
  while (s.depth > 0 && s.units < budget) {
    s.one(budget);
    s.units++;
  }
  bool done = s.depth == 0;
  if (done && s.options.compressed != 0 && !s.too_large) {
    done = false;
    while (!done && s.units < budget) done = s.compress(budget - s.units);
  }
  *used += s.units;
  return done;
}

bool Encoder::failed() const { return state_->too_large; }

SharedBytes* Encoder::take(size_t* size, Fit fit) {
  *size = state_->size;
  SharedBytes* bytes = state_->out;
  state_->out = nullptr;
  if (fit == Fit::Exact && bytes->capacity > *size) bytes = SharedBytes::resize(bytes, *size);
  return bytes;
}

size_t Encoder::second_at() const { return state_->second_at; }

Term* Encoder::pending(size_t* count) {
  *count = state_->depth;
  return state_->terms;
}

size_t encoded_size(Term t, const EncodeOptions& options) {
  Encoder::State state(t, Term(), options, true);
  while (state.depth > 0) state.one(1);
  return state.size;
}

Term encode(Heap& heap, Term t, const EncodeOptions& options) {
  Encoder encoder(t, options);
  size_t used = 0, size;
  while (!encoder.step(1 << 20, &used)) {
  }
  if (encoder.failed()) return Term();
  SharedBytes* bytes = encoder.take(&size);
  if (size > HeapBits::max_bytes) return bits::from_shared(heap, bytes, 0, 8 * size);
  Term small = bits::from_bytes(heap, bytes->data, size);
  bytes->release();
  return small;
}

}  // namespace joist::etf
