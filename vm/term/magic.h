// VM objects that Erlang terms refer to by a reference (MagicRef).
#pragma once
#include <atomic>

#include "vm/term/boxed.h"

namespace joist {

struct MagicObject {
  std::atomic<int64_t> references{1};
  Word ref_words[2] = {0, 0};  // the reference's numbers, as Ref::words; set by new_ref_numbers (ref.h)
  const void* type = nullptr;  // address that identifies the concrete class
  virtual ~MagicObject() {
    if (findable_.load(std::memory_order_acquire)) forget();
  }
  void retain() { references.fetch_add(1, std::memory_order_relaxed); }
  // Deletes the object when this was the last reference.
  void release() {
    if (references.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }
  // From now on find_magic knows the object by its reference's numbers. Any thread that holds a reference.
  void make_findable();

 private:
  void forget();
  std::atomic<bool> findable_{false};
};

// The object, with one more reference; null when there is none that lives and was made findable.
MagicObject* find_magic(const Word numbers[2]);

// Numbers of a fresh local reference (unique on this node; per-scheduler blocks, no contention).
void new_ref_numbers(Word out[2]);

}  // namespace joist
