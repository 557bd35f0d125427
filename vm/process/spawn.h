// Making processes.
#pragma once
#include "vm/process/process.h"

namespace joist {

struct SpawnOptions {
  Term module, function, args;  // args: proper list
  size_t arity = 0;
  bool link = false;
  bool monitor = false;
  bool system = false;
  Term monitor_ref;             // the reference to monitor with (made by the caller), when monitor
  Term monitor_tag;             // the non-value: 'DOWN'
  bool monitor_is_alias = false;
  uint8_t alias_mode = 0;       // AliasMode
  Priority priority = Priority::Normal;
  uint16_t scheduler = 0;       // the one it must run on; 0: any
  bool messages_given = false;  // off_heap_messages is: else the default holds
  bool off_heap_messages = false;
  uint32_t min_heap = 0;        // 0: the default
  uint32_t min_virtual_heap = 0;
  int32_t fullsweep_after = -1; // -1: the default
  bool max_heap_given = false;
  uint64_t max_heap = 0;
  bool max_heap_kill = true, max_heap_log = true;
  // As the call said them, for sequence tracing.
  Term options = nil;
  Term reply_tag = atom::spawn_reply;
  bool asynchronous = false;    // erlang:spawn_request: the parent is answered with a message
  Term group_leader;            // the non-value: the parent's
  Term parent;                  // the non-value: the parent's pid
};

// System-wide defaults that system_flag/2 and the command line set.
struct SpawnDefaults {
  std::atomic<uint32_t> min_heap{233};
  std::atomic<uint32_t> min_virtual_heap{46422};
  std::atomic<uint32_t> fullsweep_after{65535};
  std::atomic<uint64_t> max_heap{0};
  std::atomic<bool> max_heap_kill{true}, max_heap_log{true};
  std::atomic<bool> off_heap_messages{false};
  const Word* apply_entry = nullptr;  // vm/interp: code that applies x0:x1(x2…)
};
extern SpawnDefaults spawn_defaults;

// Makes a process that will apply module:function to args and schedules it. parent may be null (the first process).
// Null when the process table is full.
Process* spawn_process(Process* parent, const SpawnOptions& options);
// The same in two steps: what is sent in the child's name between them comes before all that it sends.
Process* prepare_process(Process* parent, const SpawnOptions& options);
void start_process(Process& process);
// Frees heap and struct of a process that never ran or is dead.
void destroy_process(Process* process);

}  // namespace joist
