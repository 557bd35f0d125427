// External term format (OTP's erl_ext_dist), both ways, complete; the distribution header and atom cache are vm/dist's.
// Encoding and decoding keep explicit state, so they can stop after a budget and go on: no C recursion, no long stalls.
//
// Encodings equal OTP 25's term_to_binary byte for byte (the order of large maps is that of map::Iterator).
// Decoding trusts nothing: the sizes of all parts are checked before a word is allocated.
#pragma once
#include "gc/heap.h"
#include "vm/term/bits.h"

namespace joist {
struct FunIdentity;
}  // namespace joist

namespace joist::etf {

// ---- what layers above provide; set once at start, before any term is decoded. A null hook makes the term malformed.
struct Hooks {
  // The entry of this fun, made when the module is not loaded (calling it then asks for the module). Thread-safe.
  FunEntry* (*make_fun_entry)(const FunIdentity& identity) = nullptr;
  // The export entry; existing_only: null unless such a function is loaded. Null when the table is full. Thread-safe.
  Export* (*make_export)(Term module, Term function, uint32_t arity, bool existing_only) = nullptr;
  // The process that a local reference with these numbers (as Ref::words) is an alias of, or the non-value.
  Term (*find_alias)(const Word numbers[2]) = nullptr;
  // Called for each alias that is encoded, so that find_alias can find it.
  void (*keep_alias)(const Word numbers[2], Term pid) = nullptr;
};
extern Hooks hooks;

// For references that leave as numbers (in external format, as text), so that the one made of these numbers later is the same.
void keep_findable(Term local_ref);
// At most local_reference_words: to the object or the alias that these numbers (as Ref::words) belong to, else a plain one.
Term local_reference(HeapWriter& w, const Word numbers[2]);
inline constexpr size_t local_reference_words = 4;

struct EncodeOptions {
  unsigned minor_version = 1;     // 0: floats as text; 2: atoms as UTF-8 always
  int compressed = 0;             // zlib level, 0 none, -1 zlib's default
  bool deterministic = false;
  bool skip_magic = false;        // without the leading 131
  // Distribution: index of the atom in the message's cache, or -1 (then the atom is written out).
  int (*atom_cache_index)(void* context, Term atom) = nullptr;
  void* atom_cache_context = nullptr;
  size_t headroom = 0;            // bytes left free in front of the encoding, for who writes a header there
};

// Bytes the encoding of t takes (uncompressed, with magic byte), as erlang:external_size/2 says: exact but for funs,
// which may take a few bytes less.
size_t encoded_size(Term t, const EncodeOptions& options);

class Encoder {
 public:
  // second: a term to be encoded behind the first one, into the same bytes. Not with `compressed`, which headroom excludes too.
  Encoder(Term t, const EncodeOptions& options, Term second = Term());
  ~Encoder();
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;
  // Works for at most about `budget` units (≈ terms, or 64 bytes of data). True when done. Adds to *used what it
  // worked.
  bool step(size_t budget, size_t* used);
  // After the last step: a part was too large for the format (OTP: system_limit).
  bool failed() const;
  // The bytes, *size of them with the headroom; caller takes the reference. After the last step, once.
  enum class Fit { Exact, Loose };  // Loose: more room may hang behind them
  SharedBytes* take(size_t* size, Fit fit = Fit::Exact);
  // After the last step: where the second term begins in the bytes.
  size_t second_at() const;
  // Terms not yet encoded, for the collector; between steps they may move.
  Term* pending(size_t* count);

 private:
  friend size_t encoded_size(Term t, const EncodeOptions& options);
  struct State;
  State* state_;
};

// All at once.
Term encode(Heap& heap, Term t, const EncodeOptions& options);

// Valid UTF-8 of at most 255 characters.
bool is_atom_text(const uint8_t* utf8, size_t size);

enum class DecodeError { Bad, SystemLimit, UnsafeAtom };
struct Decoded {
  Term term;
  size_t used;  // bytes read
};
struct DecodeOptions {
  bool safe = false;          // no new atoms, no new external funs
  bool skip_magic = false;    // data does not begin with 131
  const Term* atom_cache = nullptr;  // distribution: what cache references mean
  size_t atom_cache_size = 0;
};
// Validates everything and allocates in heap through reserve (huge terms: one fragment). Bytes may be unaligned in
// memory. Bytes behind the term are not looked at. On an error the heap holds only garbage that the next collection
// drops.
Result<Decoded, DecodeError> decode(Heap& heap, const uint8_t* data, size_t size, const DecodeOptions& options);
// Into a writer whose room decoded_words gave (literals). Room for large maps is an estimate with a margin: a map
// whose keys were made to collide gives SystemLimit.
Result<size_t, DecodeError> decoded_words(const uint8_t* data, size_t size, const DecodeOptions& options = {});
Result<Decoded, DecodeError> decode_into(HeapWriter& w, const uint8_t* data, size_t size, const DecodeOptions& options);

}  // namespace joist::etf
