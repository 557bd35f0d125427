// Registered names of processes and ports. Lookup takes a shared lock of one shard; a name's change its exclusive one.
#pragma once
#include "vm/process/process.h"

namespace joist {

void init_registry();
// False when the name is taken or the process has a name (or is exiting).
bool register_process(Term name, Process& process);
bool register_port(Term name, Term port);
// False when no such name. The process or port is left without a name.
bool unregister_name(Term name);
// Pid or port, or the non-value.
Term whereis(Term name);
// Called at exit. True: it had the name that registered_name still says.
bool unregister_process(Process& process);
void unregister_port(Term name, Term port);
// Calls f(name, arg) for all.
void for_each_registered(void (*f)(Term name, void* arg), void* arg);

}  // namespace joist
