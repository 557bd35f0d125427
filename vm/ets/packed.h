// Packed objects: what tables with the option `compressed` store.
//
// A plain object is a block of words that refer only to themselves. Packing writes that block word by word with a number of variable
// length each: pointers as distances, small integers, atoms and headers as themselves; only the contents of floats, bignums and bits take
// as much as before. Of list cells that lie one behind the other, as copies have them, only the heads are written, and bytes as they are.
// Unpacking is one pass as well. The key stays as it is, so that finding an object unpacks nothing:
//
//   data[0]                  low bit set, which no tuple's header has; words of the plain block (32 bits); index of the word where
//                            the bytes begin
//   data[1 … position - 1]   not used
//   data[position]           the key; its words follow, then the packed block's bytes
//
// Objects that refer to something counted (large binaries, references, funs of other nodes …) stay plain, and so do those that would not
// become smaller.
#pragma once
#include "vm/ets/table.h"

namespace joist::ets {

// The packed form of a plain object, or `plain` itself. Takes it over.
Object* pack(Object* plain, size_t key_position);
// Writes the plain block at `to`, which has object.copy_words() words.
void unpack(const Object& object, Word* to);

// A stored tuple for reading, unpacked for as long as this lives.
class [[nodiscard]] OpenedObject {
 public:
  explicit OpenedObject(const Object& object);
  ~OpenedObject();
  OpenedObject(const OpenedObject&) = delete;
  OpenedObject& operator=(const OpenedObject&) = delete;
  Term term() const { return Term::boxed(const_cast<Word*>(data_)); }
  size_t arity() const { return header_words(data_[0]); }
  // position: from 1.
  Term element(size_t position) const { return Term::from_raw(data_[position]); }

 private:
  const Word* data_;
  Word* unpacked_ = nullptr;
};

}  // namespace joist::ets
