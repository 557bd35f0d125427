// erts_debug: sizes of terms in words. They are those that the terms have in OTP, which the library's users reason with; here floats,
// for one, are mostly immediates.
#include <unordered_set>

#include "bifs/bif.h"
#include "gc/literal_area.h"
#include "vm/base/work_stack.h"
#include "vm/term/bits.h"
#include "vm/term/map.h"
#include "vm/term/otp_terms.h"

namespace joist {
namespace {

size_t bits_size(Term t) {
  constexpr size_t slice = 5, reference = 6;
  // Bits that end within a byte are a slice in OTP.
  size_t size = t.is<SubBits>() || bits::size_bits(t) % 8 != 0 ? slice : 0;
  Term base = t.is<SubBits>() ? t.as<SubBits>()->base : t;
  if (base.is<RefcBits>()) return size + reference;
  return size + 2 + (bits::size_bits(base) + 63) / 64;
}

// Walks a term; `seen` gets the address of every object, or is null: then what is shared counts each time, and so do literals.
class Sizer {
 public:
  explicit Sizer(std::unordered_set<const Word*>* seen) : seen_(seen) {}

  size_t size(Term t) {
    for (todo_.push(t); !todo_.empty();) one(todo_.pop());
    return words_;
  }

 private:
  void push(const Term* first, size_t count) {
    for (size_t i = 0; i < count; i++) todo_.push(first[i]);
  }

  void one(Term t) {
    for (;;) {
      if (t.is_inline_float() || is_bignum_in_otp(t)) words_ += 2;
      if (!t.is_pointer()) return;
      if (seen_ && (is_literal(t) || !seen_->insert(t.pointer()).second)) return;
      if (!t.is_cons()) break;
      words_ += 2;
      todo_.push(t.as_cons()->head);
      t = t.as_cons()->tail;
    }
    Word h = t.header();
    switch (header_kind(h)) {
      case Kind::Tuple: {
        auto tuple = t.as<Tuple>();
        words_ += tuple->arity() ? 1 + tuple->arity() : 0;
        return push(tuple->elements, tuple->arity());
      }
      case Kind::FlatMap: {
        auto m = t.as<FlatMap>();
        words_ += 3 + m->size();
        if (m->size() > 0) todo_.push(m->keys);
        return push(m->values, m->size());
      }
      case Kind::MapRoot:
        words_ += 2;
        return children(t.as<MapRoot>()->children, header_words(h) - 1);
      case Kind::MapNode:
        words_ += 1;
        return children(t.as<MapNode>()->children, header_words(h));
      case Kind::Fun:
        words_ += 5 + t.as<Fun>()->env_size();
        return push(t.as<Fun>()->env, t.as<Fun>()->env_size());
      case Kind::ExportFun: words_ += 5; return;
      case Kind::Float: words_ += 2; return;
      case Kind::Bignum: words_ += 1 + header_words(h); return;
      case Kind::Ref: case Kind::MagicRef: words_ += header_words(h) == 3 && header_kind(h) == Kind::Ref ? 4 : 3; return;
      case Kind::ExternalPid: case Kind::ExternalPort: case Kind::ExternalRef: words_ += 1 + header_words(h); return;
      case Kind::HeapBits: case Kind::RefcBits: case Kind::SubBits: words_ += bits_size(t); return;
      default: words_ += 1 + header_words(h); return;
    }
  }
  void children(const Term* first, size_t count) {
    words_ += count;
    push(first, count);
  }

  std::unordered_set<const Word*>* seen_;
  WorkStack<Term> todo_;
  size_t words_ = 0;
};

}  // namespace

BIF(erts_debug, flat_size, 1) {
  size_t words = Sizer(nullptr).size(c.arg(0));
  c.charge(words / 32);
  return Term::small(SWord(words));
}

BIF(erts_debug, size_shared, 1) {
  std::unordered_set<const Word*> seen;
  size_t words = Sizer(&seen).size(c.arg(0));
  c.charge(words / 8);
  return Term::small(SWord(words));
}

BIF(erts_debug, same, 2) { return boolean(c.arg(0).same(c.arg(1))); }

}  // namespace joist
