// Memory of code instances and the table from code addresses to instances.
#pragma once
#include "vm/code/module.h"

namespace joist {

// Zeroed words for a CodeInstance's code; freed with the instance.
Word* code_allocate(size_t words);
void code_free(Word* code);

// Adds or removes an instance for find_code(). Caller holds the loading permission. Readers take no lock; the old table is
// retired.
void ranges_add(CodeInstance* instance);
void ranges_remove(CodeInstance* instance);

// Frees `p` by `destroy` once no thread can still be reading it. vm/sched sets the hook when schedulers exist; until then it is
// called at once.
using RetireFn = void (*)(void* p, void (*destroy)(void*));
extern RetireFn retire;

}  // namespace joist
