// Links and monitors of any process, as erts_debug:get_internal_state({link_list | monitor_list, Pid}) shows them.
#pragma once
#include "bifs/bif.h"

namespace joist {

enum class RelationList : uint8_t { Links, Monitors };

// [{erl_link, process | port, Peer, linked, Id}] or [{erl_monitor, Type, origin | target, Ref, Item, Name | []}]; [] for a process that is
// gone. Waits for the process's answer.
NativeResult relation_list(NativeCall& c, Term pid, RelationList which);
// While the call waits.
NativeResult continue_relation_list(NativeCall& c);

}  // namespace joist
