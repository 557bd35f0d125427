// erlang:system_info/1 is answered by several files, one a topic, each with a function of this shape.
#pragma once
#include "vm/code/native.h"
#include "vm/sys/clock.h"

namespace joist {

// False: not an item of this topic.
using SystemInfoTopic = bool (*)(NativeCall& c, Term item, Term* result);
bool memory_system_info(NativeCall& c, Term item, Term* result);
bool scheduler_system_info(NativeCall& c, Term item, Term* result);
bool process_system_info(NativeCall& c, Term item, Term* result);
bool machine_system_info(NativeCall& c, Term item, Term* result);
bool time_system_info(NativeCall& c, Term item, Term* result);
bool node_system_info(NativeCall& c, Term item, Term* result);
bool text_system_info(NativeCall& c, Term item, Term* result);

// The list of characters of an ASCII text.
Term text_list(Heap& heap, const char* text);
// What system_info(time_offset) and system_flag(time_offset, finalize) answer: final, preliminary or volatile.
Term offset_state_name(sys::OffsetState state);

}  // namespace joist
