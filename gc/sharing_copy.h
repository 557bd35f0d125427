// Deep copies in which an object that is referred to twice stays one: for terms that live long.
#pragma once
#include <unordered_map>

#include "gc/met_objects.h"
#include "vm/term/term.h"

namespace joist {

class HeapWriter;

// First the words that the terms take, one after the other, then their copies in the same order. Terms share with those before them.
class SharingCopy {
 public:
  // with_literals: they are copied, too.
  explicit SharingCopy(bool with_literals) : with_literals_(with_literals) {}
  // May be too large by some words. too_long: of a term with more than `most` objects, after which nothing else may be asked.
  size_t words(Term term, size_t most = SIZE_MAX);
  static constexpr size_t too_long = SIZE_MAX;
  Term copy(Term term, HeapWriter& writer);

 private:
  bool with_literals_;
  MetObjects met_;
  std::unordered_map<Word, Word> copies_;  // of objects that were met more than once
};

}  // namespace joist
