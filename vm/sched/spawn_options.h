// Options of spawn_opt/4 and spawn_request/4, here and asked for by other nodes, some of which process_flag/2 and monitor/3 share.
#pragma once
#include "vm/process/spawn.h"

namespace joist {

struct SpawnReply {
  bool on_success = true, on_error = true;
  Term tag;
};
// False: a bad option. reply null: its options are not allowed.
bool parse_spawn_options(Term list, SpawnOptions* options, SpawnReply* reply);
// {reply, Value}.
bool parse_reply_option(Term value, SpawnReply* reply);
bool parse_monitor_options(Term list, Term* tag, bool* is_alias, uint8_t* alias_mode);
bool parse_priority(Term t, Priority* out);
// Words, or a map of size, kill, error_logger. Without kill or error_logger the system flag's hold.
bool parse_max_heap(Term t, uint64_t* size, bool* kill, bool* log);
// What a process gets that asks for so many words: a size that heaps grow through, and no less than the system's least.
uint32_t least_heap_size(SWord words);
uint32_t least_virtual_heap_size(SWord words);

}  // namespace joist
