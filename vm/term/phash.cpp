// erlang:phash/2, which OTP keeps for old files: it multiplies by primes where the others mix.
#include "vm/term/atom.h"
#include "vm/term/fun_identity.h"
#include "vm/term/hash.h"
#include "vm/term/hash_parts.h"
#include "vm/term/identity.h"
#include "vm/term/otp_terms.h"

namespace joist {

using namespace hash_parts;

namespace {

constexpr uint32_t prime1 = 268440163, prime2 = 268439161, prime3 = 268435459, prime4 = 268436141, prime5 = 268438633,
                   prime6 = 268437017, prime8 = 268437511, prime9 = 268439627, prime10 = 268440479, prime11 = 268440577,
                   prime12 = 268440581, prime13 = 268440593, offset_map = 268440611;

// What is left to do after a term: kind in the low byte, with the header tag; the tuple's arity above it.
constexpr Word mark_list_end = 8, mark_arity = 16;

class Phash {
 public:
  uint32_t run(Term t) {
    stack_.push(t.raw());
    while (!stack_.empty()) {
      Word w = stack_.pop();
      if (w == mark_list_end) hash_ *= prime8;
      else if ((w & 0xff) == mark_arity) hash_ = hash_ * prime9 + uint32_t(w >> 8);
      else visit(Term::from_raw(w));
    }
    return hash_;
  }

 private:
  void add(uint32_t x, uint32_t prime) {
    for (int i = 0; i < 4; i++, x >>= 8) hash_ = hash_ * prime + (x & 0xff);
  }

  void visit(Term t) {
    if (t.is_cons()) visit_list(t);
    else if (t.is_boxed()) visit_boxed(t);
    else if (t.is_small()) visit_integer(t);
    else if (t.is_atom()) hash_ = hash_ * prime1 + atom_hash(t);
    else if (t.is_nil()) hash_ = hash_ * prime3 + 1;
    else if (t.is_inline_float()) visit_float(t);
    else if (t.is_local_pid()) visit_number(t.pid_number(), prime5, prime6);
    else visit_port(t);
  }

  void visit_number(uint32_t n, uint32_t prime, uint32_t last) {
    add(n, prime);
    hash_ *= last;
  }

  void visit_port(Term t) {
    Word n = port_number(t);
    if (n >> 32) add(uint32_t(n >> 32), prime11);
    visit_number(uint32_t(n), prime9, prime10);
  }

  // The lower half of the last limb always counts, the upper half only when it is not 0.
  void visit_integer(Term t) {
    Word small;
    Magnitude m(t, &small);
    for (size_t i = 0; i < m.count; i++) {
      add(uint32_t(m.limbs[i]), prime2);
      if (i + 1 < m.count || m.limbs[i] >> 32) add(uint32_t(m.limbs[i] >> 32), prime2);
    }
    hash_ *= m.negative ? prime4 : prime3;
  }

  void visit_float(Term t) {
    Word w = float_bits(t);
    hash_ = hash_ * prime6 + (uint32_t(w) ^ uint32_t(w >> 32));
  }

  // A list's bytes count directly; an element that is none, and the tail after it, are hashed as terms.
  void visit_list(Term list) {
    Cons* cell = list.as_cons();
    while (is_byte(cell->head)) {
      hash_ = hash_ * prime2 + uint32_t(cell->head.small_value());
      if (!cell->tail.is_cons()) {
        stack_.push(mark_list_end);
        stack_.push(cell->tail.raw());
        return;
      }
      cell = cell->tail.as_cons();
    }
    if (!cell->tail.is_cons()) stack_.push(mark_list_end);
    stack_.push(cell->tail.raw());
    stack_.push(cell->head.raw());
  }

  void visit_bits(Term t) {
    BitSpan span = bits::span(t);
    ByteReader r(span);
    size_t whole = span.size / 8;
    unsigned rest = span.size & 7;
    for (size_t i = 0; i < whole; i++) hash_ = hash_ * prime1 + r.byte(i);
    if (rest) hash_ = (hash_ * prime1 + r.bits(whole, rest)) * prime12 + rest;
    hash_ = hash_ * prime4 + uint32_t(whole);
  }

  void visit_boxed(Term t) {
    Word header = t.header();
    switch (header_kind(header)) {
      case Kind::Tuple:
        stack_.push(Word(header_words(header)) << 8 | mark_arity);
        push_elements(stack_, t.as<Tuple>()->elements, header_words(header));
        break;
      case Kind::FlatMap: case Kind::MapRoot: hash_ = hash_ * prime13 + offset_map + phash2(t); break;
      case Kind::Fun: {
        auto fun = t.as<Fun>();
        auto& id = fun_identity(*fun);
        hash_ = hash_ * prime10 + uint32_t(fun->env_size());
        hash_ = hash_ * prime1 + atom_hash(id.module);
        hash_ = hash_ * prime2 + id.index;
        hash_ = hash_ * prime2 + id.old_uniq;
        push_elements(stack_, fun->env, fun->env_size());
        break;
      }
      case Kind::ExportFun: {
        auto& id = export_identity(*t.as<ExportFun>());
        hash_ = hash_ * prime11 + id.arity;
        hash_ = hash_ * prime1 + atom_hash(id.module);
        hash_ = hash_ * prime1 + atom_hash(id.function);
        break;
      }
      case Kind::Float: visit_float(t); break;
      case Kind::Bignum: visit_integer(t); break;
      case Kind::Ref: case Kind::MagicRef: case Kind::ExternalRef: visit_number(ref_numbers(t).id(0), prime9, prime10); break;
      case Kind::ExternalPid: visit_number(pid_numbers(t).number, prime5, prime6); break;
      case Kind::ExternalPort: visit_port(t); break;
      default: visit_bits(t); break;
    }
  }

  uint32_t hash_ = 0;
  HashStack stack_;
};

}  // namespace

uint32_t phash(Term t) {
  Phash walk;
  return walk.run(t);
}

}  // namespace joist
