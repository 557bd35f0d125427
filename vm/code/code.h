// Start of the code subsystem and the permission to change code.
//
// Who changes what is loaded (loading, deleting, purging, breakpoints) holds the code permission: one process at a time. Asking for
// it never blocks the thread: the native waits (c.wait()) and is woken when its turn comes. Readers need no permission.
#pragma once
#include "vm/code/export.h"

namespace joist {

// Atoms and exports of the natives, hooks of the term format. After init_atoms and init_literals; before anything else of vm/code.
void init_code();

// True: the caller has the permission and must give it back. False: it is in line; it will be woken to ask again.
// `holder` identifies a process (its pid).
bool code_permission_try(Term holder);
// Gives it back, or leaves the line. Wakes the next in line.
void code_permission_release(Term holder);
// Set by vm/sched: wakes a process that waits in a native.
extern void (*code_permission_wake)(Term pid);

// ---- changing exports, by the holder of the permission
// Copies the active addresses to the staging generation; all changes are made there.
void staging_begin();
void staging_set(Export& target, const Word* address);
const Word* staging_address(const Export& target);
// One store makes all changes visible to every process at once.
void staging_publish();

}  // namespace joist
