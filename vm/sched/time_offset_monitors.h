// Those who monitor the time offset (erlang:monitor(time_offset, clock_service)).
#pragma once
#include "vm/process/relations.h"

namespace joist {

void add_time_offset_monitor(Term pid, RefKey ref);
// Sends {'CHANGE', Ref, time_offset, clock_service, NewOffset} to all.
void time_offset_changed();

}  // namespace joist
