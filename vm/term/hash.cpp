// Hashes of terms.
//
// phash2 and phash are part of the language: their values are stored in files and sent between nodes, so they equal OTP's for
// every term, whatever its representation here. internal_hash is no part of it, but it places keys in large maps and thereby
// decides their iteration order, which programs come to rely on; so it equals OTP 25's too. That hash mixes the words of
// immediates as OTP lays them out, hence foreign_word().
//
// The mixing function is Bob Jenkins' (lookup2, Dr. Dobb's Journal, September 1997). phash, in a file of its own, multiplies by primes.
#include "vm/term/hash.h"

#include "vm/term/atom.h"
#include "vm/term/fun_identity.h"
#include "vm/term/hash_parts.h"
#include "vm/term/identity.h"
#include "vm/term/map.h"
#include "vm/term/otp_terms.h"

namespace joist {

using namespace hash_parts;

namespace {

// ---- mixing

constexpr uint32_t golden = 0x9e3779b9;
// The n-th multiple of the golden ratio tells kinds of terms apart.
constexpr uint32_t salt_of(uint32_t n) { return golden * n; }

inline void mix(uint32_t& a, uint32_t& b, uint32_t& c) {
  a = (a - b - c) ^ (c >> 13);
  b = (b - c - a) ^ (a << 8);
  c = (c - a - b) ^ (b >> 13);
  a = (a - b - c) ^ (c >> 12);
  b = (b - c - a) ^ (a << 16);
  c = (c - a - b) ^ (b >> 5);
  a = (a - b - c) ^ (c >> 3);
  b = (b - c - a) ^ (a << 10);
  c = (c - a - b) ^ (b >> 15);
}
inline uint32_t mixed(uint32_t hash, uint32_t x, uint32_t y, uint32_t salt) {
  uint32_t a = salt + x, b = salt + y;
  mix(a, b, hash);
  return hash;
}
inline uint32_t mixed(uint32_t hash, uint32_t x, uint32_t salt) { return mixed(hash, x, 0, salt); }
inline uint32_t mixed_word(uint32_t hash, Word w, uint32_t salt) { return mixed(hash, uint32_t(w), uint32_t(w >> 32), salt); }

uint32_t mixed_integer(uint32_t hash, Term t) {
  Word small;
  Magnitude m(t, &small);
  for (size_t i = 0; i < m.count; i++) hash = mixed_word(hash, m.limbs[i], salt_of(m.negative ? 10 : 11));
  return hash;
}

// `whole`: how many whole bytes are hashed; phash2 takes only the low 32 bits of the size.
uint32_t mixed_bits(uint32_t hash, Term t, bool truncate_size) {
  BitSpan span = bits::span(t);
  size_t whole = span.size / 8, rest = span.size & 7;
  if (truncate_size) whole &= 0xffffffff;
  uint32_t c = salt_of(13) + hash;
  if (whole == 0 && rest == 0) return c;
  ByteReader r(span);
  uint32_t a = golden, b = golden;
  size_t i = 0;
  for (; whole - i >= 12; i += 12) {
    a += r.word(i);
    b += r.word(i + 4);
    c += r.word(i + 8);
    mix(a, b, c);
  }
  c += uint32_t(whole);
  for (size_t k = 0; i + k < whole; k++) {
    uint32_t byte = r.byte(i + k);
    if (k < 4) a += byte << (8 * k);
    else if (k < 8) b += byte << (8 * (k - 4));
    else c += byte << (8 * (k - 7));  // the lowest byte of c is the length's
  }
  mix(a, b, c);
  if (rest) c = mixed(c, uint32_t(rest), r.bits(whole, unsigned(rest)), salt_of(15));
  return c;
}

// ---- the stack

constexpr Word mark_map_end = 8, mark_pair_end = 16, mark_tail = 24;

// Packs the leading byte elements of a list four at a time. Returns the rest, which is the last cons when an element that is
// no byte ended the run; *packed and *count are the bytes not yet mixed in.
Term hash_string_part(uint32_t& hash, Term list, uint32_t* packed, uint32_t* count) {
  *packed = *count = 0;
  Cons* cell = list.as_cons();
  while (is_byte(cell->head)) {
    *packed = (*packed << 8) + uint32_t(cell->head.small_value());
    if (*count == 3) {
      hash = mixed(hash, *packed, salt_of(4));
      *packed = *count = 0;
    } else {
      ++*count;
    }
    list = cell->tail;
    if (!list.is_cons()) break;
    cell = list.as_cons();
  }
  return list;
}

// ---- what phash2 and internal_hash have in common: how they walk tuples and maps

// Derived has begin_map(size), false when the pairs are not to be hashed; push_pair(key, value), to be hashed next; and
// visit_leaf(term, header) for boxed terms other than tuples, maps and bignums.
template <class Derived>
class MixingHash {
 protected:
  void visit_boxed(Term t) {
    Word header = t.header();
    switch (header_kind(header)) {
      case Kind::Tuple:
        hash_ = mixed(hash_, uint32_t(header_words(header)), salt_of(9));
        push_elements(stack_, t.as<Tuple>()->elements, header_words(header));
        break;
      case Kind::FlatMap: {
        auto m = t.as<FlatMap>();
        if (!derived().begin_map(m->size())) break;
        for (size_t i = m->size(); i-- > 0;) derived().push_pair(m->key_tuple()->at(i), m->values[i]);
        break;
      }
      case Kind::MapRoot:
        derived().begin_map(map::size(t));
        push_children(t.as<MapRoot>()->children, header_words(header) - 1);
        break;
      case Kind::MapNode: push_children(t.as<MapNode>()->children, header_words(header)); break;
      case Kind::Bignum: hash_ = mixed_integer(hash_, t); break;
      default: derived().visit_leaf(t, header); break;
    }
  }

  uint32_t hash_ = 0;
  HashStack stack_;

 private:
  Derived& derived() { return static_cast<Derived&>(*this); }
  void push_children(const Term* children, size_t count) {
    for (size_t i = 0; i < count; i++) {
      if (children[i].is_cons()) derived().push_pair(children[i].as_cons()->head, children[i].as_cons()->tail);
      else stack_.push(children[i].raw());
    }
  }
};

// ---- phash2

class Phash2 : MixingHash<Phash2> {
 public:
  bool run(Term t, size_t steps, uint32_t* hash) {
    stack_.push(t.raw());
    while (!stack_.empty()) {
      if (steps-- == 0) return false;
      Word w = stack_.pop();
      if (w == mark_map_end) {
        hash_ = mixed(uint32_t(stack_.pop()), pairs_, salt_of(19));
        pairs_ = uint32_t(stack_.pop());
      } else if (w == mark_pair_end) {
        pairs_ ^= hash_;
        hash_ = 0;
      } else {
        visit(Term::from_raw(w));
      }
    }
    *hash = hash_;
    return true;
  }

 private:
  friend MixingHash<Phash2>;
  void visit(Term t) {
    if (t.is_cons()) {
      uint32_t packed, count;
      Term rest = hash_string_part(hash_, t, &packed, &count);
      if (count) hash_ = mixed(hash_, packed, salt_of(4));
      if (rest.is_cons()) {
        stack_.push(rest.as_cons()->tail.raw());
        stack_.push(rest.as_cons()->head.raw());
      } else {
        stack_.push(rest.raw());
      }
    } else if (t.is_boxed()) {
      visit_boxed(t);
    } else if (t.is_small()) {
      visit_small(t);
    } else if (t.is_atom()) {
      hash_ = hash_ == 0 ? atom_hash(t) : mixed(hash_, atom_hash(t), salt_of(3));
    } else if (t.is_nil()) {
      hash_ = hash_ == 0 ? 3468870702u : mixed(hash_, 2, salt_of(2));
    } else if (t.is_inline_float()) {
      visit_float(t);
    } else if (t.is_local_pid()) {
      hash_ = mixed(hash_, t.pid_number(), salt_of(5));
    } else {
      hash_ = mixed_word(hash_, port_number(t), salt_of(6));
    }
  }

  // 28 bits were a small integer once; those keep their own hash.
  void visit_small(Term t) {
    SWord v = t.small_value();
    if (v >= -(SWord(1) << 27) && v < SWord(1) << 27) {
      if (v < 0) hash_ = mixed(hash_, uint32_t(-v), golden);
      hash_ = mixed(hash_, uint32_t(v), golden);
    } else {
      hash_ = mixed_integer(hash_, t);
    }
  }

  void visit_float(Term t) {
    Word w = float_bits(t);
    hash_ = mixed(hash_, uint32_t(w >> 32), uint32_t(w), salt_of(12));
  }

  void visit_leaf(Term t, Word header) {
    switch (header_kind(header)) {
      case Kind::Fun: {
        auto fun = t.as<Fun>();
        auto& id = fun_identity(*fun);
        hash_ = mixed(hash_, uint32_t(fun->env_size()), atom_hash(id.module), golden);
        hash_ = mixed(hash_, id.index, id.old_uniq, golden);
        push_elements(stack_, fun->env, fun->env_size());
        break;
      }
      case Kind::ExportFun: {
        auto& id = export_identity(*t.as<ExportFun>());
        hash_ = mixed(hash_, id.arity, atom_hash(id.module), golden);
        hash_ = mixed(hash_, atom_hash(id.function), salt_of(14));
        break;
      }
      case Kind::Float: visit_float(t); break;
      case Kind::Ref: case Kind::MagicRef: case Kind::ExternalRef:
        hash_ = mixed(hash_, ref_numbers(t).id(0), salt_of(7));
        break;
      case Kind::ExternalPid: hash_ = mixed(hash_, pid_numbers(t).number, salt_of(5)); break;
      case Kind::ExternalPort: hash_ = mixed_word(hash_, port_number(t), salt_of(6)); break;
      default: hash_ = mixed_bits(hash_, t, true); break;
    }
  }

  // The pairs of a map are hashed each on its own and combined with xor, so their order does not matter. False when empty.
  bool begin_map(size_t size) {
    hash_ = mixed(hash_, uint32_t(size), salt_of(16));
    if (size == 0) return false;
    stack_.push(pairs_);
    stack_.push(hash_);
    stack_.push(mark_map_end);
    hash_ = pairs_ = 0;
    return true;
  }
  void push_pair(Term key, Term value) {
    stack_.push(mark_pair_end);
    stack_.push(value.raw());
    stack_.push(key.raw());
  }
  uint32_t pairs_ = 0;
};

// ---- internal_hash

// The immediate's word in OTP 25 on a 64-bit machine. False when the term is no immediate there.
inline bool foreign_word(Term t, Word* out) {
  if (t.is_small()) {
    SWord v = t.small_value();
    *out = Word(v) << 4 | 0xf;
    return is_small_in_otp(v);
  }
  if (t.tag() != Tag::Immediate) return false;
  if (t.is_atom()) *out = Word(t.atom_index()) << 6 | 0x0b;
  else if (t.is_nil()) *out = 0x3b;
  else *out = t.immediate_payload() << 4 | (t.is_local_pid() ? 0x3 : 0x7);
  return true;
}

class InternalHash : MixingHash<InternalHash> {
 public:
  uint32_t run(Term t, uint32_t hash) {
    hash_ = hash;
    stack_.push(t.raw());
    while (!stack_.empty()) {
      Word w = stack_.pop();
      if (w == mark_tail) stir(salt_of(18));
      else visit(Term::from_raw(w));
    }
    return hash_;
  }

 private:
  friend MixingHash<InternalHash>;
  void stir(uint32_t constant) {
    hash_ ^= constant;
    hash_ = (hash_ << 17) ^ (hash_ >> 15);
  }

  void visit(Term t) {
    Word word;
    if (foreign_word(t, &word)) {
      hash_ = mixed_word(hash_, word, golden);
    } else if (t.is_cons()) {
      uint32_t packed, count;
      Term rest = hash_string_part(hash_, t, &packed, &count);
      if (count) hash_ = mixed(hash_, packed, count, salt_of(22));
      if (rest.is_cons()) {
        stir(salt_of(17));
        Term tail = rest.as_cons()->tail;
        stack_.push(tail.raw());
        if (!tail.is_cons()) stack_.push(mark_tail);
        stack_.push(rest.as_cons()->head.raw());
      } else {
        stack_.push(rest.raw());
      }
    } else if (t.is_boxed()) {
      visit_boxed(t);
    } else if (t.is_small()) {
      hash_ = mixed_integer(hash_, t);
    } else {
      hash_ = mixed_word(hash_, float_bits(t), salt_of(12));
    }
  }

  bool begin_map(size_t size) {
    hash_ = mixed(hash_, uint32_t(size), salt_of(16));
    return true;
  }
  void push_pair(Term key, Term value) {
    stack_.push(value.raw());
    stack_.push(key.raw());
  }

  void visit_leaf(Term t, Word header) {
    switch (header_kind(header)) {
      case Kind::Fun: {
        auto fun = t.as<Fun>();
        auto& id = fun_identity(*fun);
        hash_ = mixed(hash_, uint32_t(fun->env_size()), id.module.atom_index() << 6 | 0x0b, salt_of(20));
        hash_ = mixed(hash_, id.index, id.old_uniq, salt_of(21));
        push_elements(stack_, fun->env, fun->env_size());
        break;
      }
      case Kind::ExportFun: hash_ = mixed_word(hash_, Word(t.as<ExportFun>()->target), salt_of(14)); break;
      case Kind::Float: hash_ = mixed_word(hash_, float_bits(t), salt_of(12)); break;
      case Kind::ExternalRef: mix_node(t, 7); [[fallthrough]];
      case Kind::Ref: case Kind::MagicRef: {
        RefNumbers r = ref_numbers(t);
        hash_ = mixed(hash_, r.id(0), salt_of(7));
        hash_ = mixed(hash_, r.id(1), r.count > 1 ? r.id(2) : 0, salt_of(8));
        break;
      }
      case Kind::ExternalPid:
        mix_node(t, 5);
        hash_ = mixed(hash_, pid_numbers(t).number, pid_numbers(t).serial, salt_of(5));
        break;
      case Kind::ExternalPort:
        mix_node(t, 6);
        hash_ = mixed_word(hash_, port_number(t), salt_of(6));
        break;
      default: hash_ = mixed_bits(hash_, t, false); break;
    }
  }

  // Name and creation, not the entry's address: that may change while a table holds the term.
  void mix_node(Term t, uint32_t n) {
    NodeIdentity node = node_of(t);
    hash_ = mixed(hash_, node.name.atom_index(), node.creation, salt_of(n));
  }
};

}  // namespace

// The walks below are made without (), which would fill their stacks with zeros first.

uint32_t phash2(Term t) {
  uint32_t hash;
  phash2_within(t, SIZE_MAX, &hash);
  return hash;
}

bool phash2_within(Term t, size_t steps, uint32_t* hash) {
  if (t.is_atom()) {
    *hash = atom_hash(t);
    return true;
  }
  Phash2 walk;
  return walk.run(t, steps, hash);
}

// A tuple of immediates, of which the last may be such a tuple again. False: it is something else.
static bool hash_plain_tuple(Term t, uint32_t* hash) {
  Word word;
  while (auto tuple = t.as<Tuple>()) {
    size_t arity = tuple->arity();
    *hash = mixed(*hash, uint32_t(arity), salt_of(9));
    if (arity == 0) return true;
    for (size_t i = 0; i + 1 < arity; i++) {
      if (!foreign_word(tuple->at(i), &word)) return false;
      *hash = mixed_word(*hash, word, golden);
    }
    t = tuple->at(arity - 1);
  }
  if (!foreign_word(t, &word)) return false;
  *hash = mixed_word(*hash, word, golden);
  return true;
}

uint32_t internal_hash(Term t, uint32_t salt) {
  uint32_t hash = salt ^ 3432918353u;
  Word word;
  if (foreign_word(t, &word)) return mixed_word(hash, word, golden);
  if (uint32_t plain = hash; t.is<Tuple>() && hash_plain_tuple(t, &plain)) return plain;
  InternalHash walk;
  return walk.run(t, hash);
}

uint32_t map_hash(Term key, uint32_t depth) {
  return internal_hash(key, depth ? mixed(0, depth, 1, salt_of(22)) : 0);
}

}  // namespace joist
