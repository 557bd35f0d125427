// What a port's turns tell processes: shared by the files of the port itself.
#pragma once
#include "vm/port/port.h"
#include "vm/process/process_table.h"

namespace joist {

inline Process* process_of(Term pid) { return pid.is_local_pid() ? find_process(pid) : nullptr; }
// The bytes as a list before `tail`: 2 words each.
Term byte_list(HeapWriter& w, std::string_view bytes, Term tail);
// {Port, What} to `to`. end: of a port's end only `closed` is told to tracers, as in OTP.
void tell(Port& port, Term to, Term what, bool end = false);

}  // namespace joist
