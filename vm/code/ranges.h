// Memory of code instances and the table from code addresses to instances.
#pragma once
#include "vm/code/module.h"

namespace joist {

// Words for a CodeInstance's code; freed with the instance.
Word* code_allocate(size_t words);
void code_free(Word* code, size_t words);
size_t code_words_total();

// An instance with all it owns, once nothing refers to it: after purge and a grace period, or when a load came to nothing.
void destroy_instance(CodeInstance* instance);

// Adds or removes an instance for find_code(). Caller holds the code permission. Readers take no lock; the old table is
// freed after a grace period.
void ranges_add(CodeInstance* instance);
void ranges_remove(CodeInstance* instance);

// Calls destroy(p) once no thread can still be reading p. vm/sched sets it when schedulers exist; until then at once.
using RetireHook = void (*)(void* p, void (*destroy)(void*));
extern RetireHook retire_code;

}  // namespace joist
