// The process dictionary: open addressing by internal_hash, slots are {Key, Value} tuples on the process's heap, or empty.
#pragma once
#include "vm/process/process.h"

namespace joist::dictionary {

Term get(const Process& process, Term key);               // the non-value when absent
Term put(Process& process, Term key, Term value);         // the old value, or the non-value
Term erase(Process& process, Term key);                   // the old value, or the non-value
void erase_all(Process& process);
Term to_list(Heap& heap, const Process& process);         // [{K, V}]: the tuples themselves
Term keys(Heap& heap, const Process& process, Term value); // of that value; all when value is the non-value

}  // namespace joist::dictionary
