// Layouts of everything a boxed pointer points to.
//
// Header word: 000 in the low three bits, the kind in bits 3..7, the number of words that follow in bits 8..47, and 16 bits
// of the kind's own (`aux`) from bit 48. A header's payload is `raw_prefix(kind)` raw words, then terms; kinds that are all
// raw say so. The collector, the copier and the comparer walk objects with nothing but this.
#pragma once
#include "vm/term/term.h"

namespace joist {

enum class Kind : uint8_t {
  None = 0,
  Tuple = 1,
  FlatMap = 2,   // keys tuple, then the values; keys sorted in map-key order, at most 32
  MapRoot = 3,   // size as a small, then children; aux = bitmap of 16
  MapNode = 4,   // children; aux = bitmap of 16
  Fun = 5,
  ExportFun = 6,
  Float = 7,
  Bignum = 8,    // GMP limbs, least significant first, no leading zero limb; aux 1 = negative
  Ref = 9,
  MagicRef = 10,
  ExternalPid = 11,
  ExternalPort = 12,
  ExternalRef = 13,
  HeapBits = 14,
  RefcBits = 15,
  SubBits = 16,
  MatchContext = 17,
};

inline constexpr Word header_size_mask = (Word(1) << 40) - 1;
constexpr Word make_header(Kind kind, size_t words, uint16_t aux = 0) {
  return (Word(kind) << 3) | (Word(words) << 8) | (Word(aux) << 48);
}
constexpr bool is_header(Word w) { return (w & 7) == 0; }
constexpr Kind header_kind(Word h) { return Kind((h >> 3) & 31); }
constexpr size_t header_words(Word h) { return (h >> 8) & header_size_mask; }  // payload words, header not counted
constexpr uint16_t header_aux(Word h) { return uint16_t(h >> 48); }

// Leading payload words that are not terms; all_raw when none is a term.
inline constexpr size_t all_raw = ~size_t(0);
constexpr size_t raw_prefix(Kind kind) {
  switch (kind) {
    case Kind::Tuple: case Kind::FlatMap: case Kind::MapRoot: case Kind::MapNode: return 0;
    case Kind::Fun: return 1;
    case Kind::SubBits: return 2;
    case Kind::MatchContext: return 3;
    default: return all_raw;
  }
}
// Objects on the owner heap's off-heap list: their second word links to the next.
constexpr bool is_off_heap_kind(Kind k) {
  return k == Kind::RefcBits || k == Kind::MagicRef || k == Kind::ExternalPid || k == Kind::ExternalPort || k == Kind::ExternalRef;
}

template <Kind K>
struct BoxedOf {
  Word header;
  static constexpr Kind kind = K;
  static constexpr bool matches(Word h) { return (h & 0xff) == Word(K) << 3; }
  Term term() { return Term::boxed(&header); }
};

struct Tuple : BoxedOf<Kind::Tuple> {
  Term elements[0];
  static constexpr Word make(size_t arity) { return make_header(Kind::Tuple, arity); }
  size_t arity() const { return header_words(header); }
  Term at(size_t zero_based) const { return elements[zero_based]; }
};

struct FloatBox : BoxedOf<Kind::Float> {
  double value;
  static constexpr size_t words = 2;
};

struct Bignum : BoxedOf<Kind::Bignum> {
  Word limbs[0];
  size_t limb_count() const { return header_words(header); }
  bool negative() const { return header_aux(header) != 0; }
};

struct FlatMap : BoxedOf<Kind::FlatMap> {
  Term keys;  // a Tuple; maps of one shape share it
  Term values[0];
  static constexpr size_t max_size = 32;
  size_t size() const { return header_words(header) - 1; }
  Tuple* key_tuple() const { return reinterpret_cast<Tuple*>(keys.boxed_words()); }
};

struct MapRoot : BoxedOf<Kind::MapRoot> {
  Term count;  // small: number of associations, > 32
  Term children[0];
  uint16_t bitmap() const { return header_aux(header); }
};
struct MapNode : BoxedOf<Kind::MapNode> {
  Term children[0];
  uint16_t bitmap() const { return header_aux(header); }
};
inline bool is_map_header(Word h) { return FlatMap::matches(h) || MapRoot::matches(h); }
inline bool is_map(Term t) { return t.is_boxed() && is_map_header(t.header()); }

struct FunEntry;  // vm/code/fun.h
struct Export;    // vm/code/export.h
struct NodeEntry; // vm/term/node.h

struct Fun : BoxedOf<Kind::Fun> {
  FunEntry* entry;
  Term creator;  // pid
  Term env[0];
  size_t env_size() const { return header_words(header) - 2; }
};
struct ExportFun : BoxedOf<Kind::ExportFun> {
  Export* target;
};
inline bool is_fun(Term t) { return t.is<Fun>() || t.is<ExportFun>(); }

// Local reference: ids[0] | ids[1] << 32 in the first word, ids[2] in the second. A reference that is an alias of a process
// has a third word: the raw local pid.
struct Ref : BoxedOf<Kind::Ref> {
  Word words[0];
  bool has_pid() const { return header_words(header) == 3; }
  Term pid() const { return Term::from_raw(words[2]); }
};

struct OffHeap {
  Word header;
  OffHeap* next;
};

// A VM object that terms refer to (counters, atomics, compiled match specs, table ids, NIF resources).
// Reference counted; the last reference calls destroy().
struct MagicObject;  // vm/term/magic.h
struct MagicRef : BoxedOf<Kind::MagicRef> {
  OffHeap* next;
  MagicObject* object;  // holds the reference's three numbers
};

// Pid, port or reference of another node (or of an earlier incarnation of this one).
struct External : OffHeap {
  NodeEntry* node;
  Word data[0];  // pid: number | serial << 32; port: number; reference: ids packed two a word, least significant half
                 // first, as many as the node sent (1..5); the unused half is 0
  static constexpr bool matches(Word h) {
    Kind k = header_kind(h);
    return is_header(h) && (k == Kind::ExternalPid || k == Kind::ExternalPort || k == Kind::ExternalRef);
  }
  Kind kind() const { return header_kind(header); }
  size_t data_words() const { return header_words(header) - 2; }
};
struct ExternalPid : BoxedOf<Kind::ExternalPid> { OffHeap* next; NodeEntry* node; Word data[0]; };
struct ExternalPort : BoxedOf<Kind::ExternalPort> { OffHeap* next; NodeEntry* node; Word data[0]; };
struct ExternalRef : BoxedOf<Kind::ExternalRef> { OffHeap* next; NodeEntry* node; Word data[0]; };

// ---- bitstrings. Bits are numbered from the most significant bit of the first byte, as in the bit syntax.

struct HeapBits : BoxedOf<Kind::HeapBits> {
  Word size_bits;
  uint8_t data[0];
  static constexpr size_t max_bytes = 64;  // larger ones live off-heap
  static constexpr size_t words_for_bits(size_t bits) { return 2 + (bits + 63) / 64; }
};

// Reference-counted bytes outside all heaps; shared by any number of RefcBits of any process.
struct SharedBytes;  // vm/term/shared_bytes.h
struct RefcBits : BoxedOf<Kind::RefcBits> {
  OffHeap* next;
  SharedBytes* shared;
  uint8_t* data;
  Word size_bits;  // multiple of 8 unless a bitstring was built at once
  Word flags;      // writable: this object may append in place (bits.h)
  static constexpr Word writable = 1;
  static constexpr size_t words = 6;
};

// A slice of a HeapBits or RefcBits (never of another SubBits).
struct SubBits : BoxedOf<Kind::SubBits> {
  Word offset_bits;
  Word size_bits;
  Term base;
  static constexpr size_t words = 4;
};

// Matching state: from `position` to `end` of `base`. The collector recomputes `data` when base moves.
struct MatchContext : BoxedOf<Kind::MatchContext> {
  uint8_t* data;      // first byte of base
  Word position;      // bits from data
  Word end;           // bits from data
  Term base;          // HeapBits or RefcBits
  static constexpr size_t words = 5;
};

constexpr bool is_bits_header(Word h) {
  Kind k = header_kind(h);
  return k == Kind::HeapBits || k == Kind::RefcBits || k == Kind::SubBits;
}
inline bool is_bits(Term t) { return t.is_boxed() && is_bits_header(t.header()); }

// ---- numbers
inline bool is_bignum(Term t) { return t.is<Bignum>(); }
inline bool is_integer(Term t) { return t.is_small() || t.is<Bignum>(); }
inline bool is_float(Term t) { return t.is_inline_float() || t.is<FloatBox>(); }
inline bool is_number(Term t) { return is_integer(t) || is_float(t); }
// Of a term known to be a float.
inline double float_value(Term t) {
  return t.is_inline_float() ? t.inline_float_value() : reinterpret_cast<FloatBox*>(t.boxed_words())->value;
}
// ---- identities
inline bool is_external_pid(Term t) { return t.is<ExternalPid>(); }
inline bool is_pid(Term t) { return t.is_local_pid() || is_external_pid(t); }
inline bool is_port(Term t) { return t.is_local_port() || t.is<ExternalPort>(); }
inline bool is_local_ref(Term t) { return t.is<Ref>() || t.is<MagicRef>(); }
inline bool is_ref(Term t) { return is_local_ref(t) || t.is<ExternalRef>(); }

static_assert(sizeof(Tuple) == 8 && sizeof(FlatMap) == 16 && sizeof(Fun) == 24 && sizeof(RefcBits) == 8 * RefcBits::words);
static_assert(sizeof(SubBits) == 8 * SubBits::words && sizeof(MatchContext) == 8 * MatchContext::words);
static_assert(sizeof(External) == sizeof(ExternalPid) && sizeof(FloatBox) == 8 * FloatBox::words);

}  // namespace joist
