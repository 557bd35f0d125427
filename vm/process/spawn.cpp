// Making a process: all of it happens on the parent's thread before anyone else can see the child, so links and monitors asked
// for at spawn need no signals.
#include "vm/process/spawn.h"

#include "vm/process/dictionary.h"
#include "vm/process/hooks.h"
#include "vm/process/process_table.h"
#include "vm/process/relations.h"
#include "vm/process/send.h"
#include "vm/process/system_profile.h"
#include "vm/process/trace_hooks.h"
#include "vm/sys/memory.h"

namespace joist {

Process* prepare_process(Process* parent, const SpawnOptions& o) {
  Process* p = sys::create<Process>(sys::Alloc::Process);
  if (!reserve_pid(*p)) {
    sys::destroy(p, sys::Alloc::Process);
    return nullptr;
  }
  const SpawnDefaults& d = spawn_defaults;
  Heap& h = p->heap;
  uint32_t min_size = uint32_t(o.min_heap ? o.min_heap : d.min_heap.load(std::memory_order_relaxed));
  h.min_virtual_size = o.min_virtual_heap ? o.min_virtual_heap : d.min_virtual_heap.load(std::memory_order_relaxed);
  h.fullsweep_after = uint16_t(o.fullsweep_after >= 0 ? o.fullsweep_after : d.fullsweep_after.load(std::memory_order_relaxed));
  Term leader = o.group_leader.is_value() ? o.group_leader : parent ? parent->group_leader : p->pid;
  Term parent_pid = o.parent.is_value() ? o.parent : parent ? parent->pid : atom::undefined;
  size_t need = copy_size(o.args) + copy_size(leader) + copy_size(parent_pid);
  size_t first = need + Heap::stack_reserve + 8;
  heap_init(h, Words(first > min_size ? first : min_size));
  h.min_size = min_size;
  HeapWriter w = h.reserve(Words(need));
  p->saved_x[0] = o.module;
  p->saved_x[1] = o.function;
  p->saved_x[2] = copy_into(o.args, w);
  p->saved_live = 3;
  p->group_leader = copy_into(leader, w);
  p->parent = copy_into(parent_pid, w);
  p->pc = d.apply_entry;
  p->initial_module = o.module;
  p->initial_function = o.function;
  p->initial_arity = uint32_t(o.arity);
  p->priority = o.priority;
  p->bound_scheduler = o.scheduler;
  p->off_heap_messages = o.messages_given ? o.off_heap_messages : d.off_heap_messages.load(std::memory_order_relaxed);
  if (uint64_t most = o.max_heap_given ? o.max_heap : d.max_heap.load(std::memory_order_relaxed)) p->seldom().max_heap_size = most;
  p->max_heap_kill = o.max_heap_given ? o.max_heap_kill : d.max_heap_kill.load(std::memory_order_relaxed);
  p->max_heap_log = o.max_heap_given ? o.max_heap_log : d.max_heap_log.load(std::memory_order_relaxed);
  if (parent) {
    p->scheduler = parent->scheduler;
    if (o.link) {
      add_link(*p, parent->pid);
      add_link(*parent, p->pid);
    }
    if (o.monitor) {
      RefKey key = ref_key(o.monitor_ref);
      Monitor* m = add_monitor(*parent, o.monitor_ref, MonitorType::Process, p->pid, Term(), Term(), o.monitor_tag);
      m->is_alias = o.monitor_is_alias;
      if (o.monitor_is_alias) add_alias(*parent, key, AliasMode(o.alias_mode));
      add_monitored_by(*p, key, parent->pid, Term());
    }
  }
  uint32_t state = process_state::Active | process_state::Queued | (o.system ? process_state::System : 0);
  p->state.store(state, std::memory_order_relaxed);
  publish_process(*p);
  if (parent && !parent->sequence_token.is_nil()) [[unlikely]] trace_hooks.sequence_spawned(*parent, *p, o);
  // Whoever asks for tracing of all processes says so first and then looks at the table: one of us sees the other.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if ((parent && parent->trace) || trace_new_processes.load(std::memory_order_relaxed)) [[unlikely]] trace_hooks.spawned(parent, *p, o);
  return p;
}

void start_process(Process& p) {
  profile_process(p, true);
  process_hooks.enqueue(p);
}

Process* spawn_process(Process* parent, const SpawnOptions& o) {
  Process* p = prepare_process(parent, o);
  if (p) start_process(*p);
  return p;
}

void destroy_process(Process* p) {
  if (process_hooks.destroy) process_hooks.destroy(*p);
  if (p->trace) trace_hooks.forget(p->trace);
  delete p->native_state;
  dictionary::erase_all(*p);
  delete p->relations;
  delete p->messages.markers;
  for (Signal* s = p->messages.first; s;) {
    Signal* next = s->next;
    destroy_signal(s);
    s = next;
  }
  if (p->saved_x != p->inline_x) sys::release(p->saved_x, sys::Alloc::Process);
  heap_destroy(p->heap);
  sys::destroy(p, sys::Alloc::Process);
}

}  // namespace joist
