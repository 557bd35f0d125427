// Who owns tables: a list per process, made with its first table. Other processes touch it when they delete a public table or give
// one away, so the list has a lock. It goes with its owner: the process exits, gives its tables to heirs or deletes them.
#include "vm/ets/table.h"
#include "vm/process/hooks.h"
#include "vm/process/process_table.h"
#include "vm/process/send.h"
#include "vm/sched/quiescence.h"
#include "vm/sys/memory.h"
#include "vm/term/atom.h"

namespace joist::ets {

// Also remembers which tables the process fixed.
struct Ownership {
  sys::Mutex lock{sys::LockRank::EtsTable};
  Table* first = nullptr;
  bool gone = false;      // the owner exits: no table comes any more
  Table* dying = nullptr; // being freed (owner's thread)
  struct Fixed {
    Table* table;  // retained
    Fixed* next;
  };
  Fixed* fixed = nullptr;  // owner's thread
  size_t fixed_count = 0, sweep_at = 8;
};

namespace {

Ownership* ownership_of(Process& p) {
  auto slot = std::atomic_ref<void*>(p.ets);
  void* o = slot.load(std::memory_order_acquire);
  if (o) return static_cast<Ownership*>(o);
  auto* fresh = sys::create<Ownership>(sys::Alloc::Process);
  if (slot.compare_exchange_strong(o, fresh)) return fresh;
  sys::destroy(fresh, sys::Alloc::Process);
  return static_cast<Ownership*>(o);
}
// A table's ownership changes under the lock of the owner it has or gets, and is read without one.
std::atomic_ref<Ownership*> ownership(Table& t) { return std::atomic_ref<Ownership*>(t.ownership); }
void unlink(Ownership& o, Table& t) {
  (t.owned_previous ? t.owned_previous->owned_next : o.first) = t.owned_next;
  if (t.owned_next) t.owned_next->owned_previous = t.owned_previous;
  t.owned_next = t.owned_previous = nullptr;
  ownership(t).store(nullptr);
}
// Under o's lock. False when the table was deleted meanwhile: whoever deletes it first says so and then looks who owns it, so one of
// the two sees the other and takes it out.
bool link(Ownership& o, Table& t) {
  t.owned_previous = nullptr;
  t.owned_next = o.first;
  if (o.first) o.first->owned_previous = &t;
  o.first = &t;
  ownership(t).store(&o);
  if (!t.deleted.load()) return true;
  unlink(o, t);
  return false;
}

void drop(Ownership& o, Ownership::Fixed** at) {
  auto* f = *at;
  *at = f->next;
  o.fixed_count--;
  f->table->release();
  sys::destroy(f, sys::Alloc::Process);
}
// Tables that were deleted while they were fixed stay in the list until there are as many as of others.
void remember_fixed(Ownership& o, Table& t) {
  if (o.fixed_count >= o.sweep_at) {
    for (auto** at = &o.fixed; *at;) {
      if ((*at)->table->deleted.load()) drop(o, at);
      else at = &(*at)->next;
    }
    o.sweep_at = 2 * o.fixed_count + 8;
  }
  t.retain();
  o.fixed = sys::create<Ownership::Fixed>(sys::Alloc::Process, Ownership::Fixed{&t, o.fixed});
  o.fixed_count++;
}

void send_transfer(Process& to, Table& t, Term from, Term data) {
  MessageBuilder m(5 + 3 + copy_size(data) + copy_size(from));
  HeapWriter& w = m.writer();
  Term id = t.name.load();
  if (!t.named) {
    auto* r = reinterpret_cast<MagicRef*>(w.take(3));
    r->header = make_header(Kind::MagicRef, 2);
    r->object = &t;
    t.retain();
    w.link_off_heap(reinterpret_cast<OffHeap*>(r));
    id = r->term();
  }
  Term copied_from = m.copy(from), copied = m.copy(data);
  Term message = w.tuple(atom::ets_transfer, id, copied_from, copied);
  m.send(to, from, message);
}

constexpr size_t objects_per_slice = 2000;
constexpr SWord table_reductions = 50;  // what a table costs besides its objects

// A step of process exit: false when there is more to do.
bool exit_step(Process& p) {
  auto* o = static_cast<Ownership*>(std::atomic_ref<void*>(p.ets).load());
  if (!o) return true;
  while (auto* f = o->fixed) {
    {
      sys::Locked guard(f->table->fix_lock);
      for (Fixer** at = &f->table->fixers; *at; at = &(*at)->next) {
        if (!(*at)->pid.same(p.pid)) continue;
        Fixer* fixer = *at;
        *at = fixer->next;
        sys::destroy(fixer, sys::Alloc::Ets);
        break;
      }
    }
    unfix(*f->table);
    drop(*o, &o->fixed);
  }
  for (;;) {
    if (p.reductions <= 0) return false;
    if (o->dying) {
      size_t objects = o->dying->size() + o->dying->pseudo_deleted.load(std::memory_order_relaxed);
      p.reductions -= SWord((objects < objects_per_slice ? objects : objects_per_slice) / 2) + table_reductions;
      if (!free_contents(*o->dying, objects_per_slice)) continue;
      forget_table(*o->dying);
      o->dying = nullptr;
    }
    Table* t;
    {
      sys::Locked guard(o->lock);
      o->gone = true;
      t = o->first;
    }
    if (!t) break;
    Process* heir = living_heir(*t);
    if (heir && heir != &p && !t->deleted.load() && give_table(*t, p.pid, *heir, t->heir_data.term)) continue;
    if (unlink_table(*t)) o->dying = t;
  }
  std::atomic_ref<void*>(p.ets).store(nullptr);
  retire(o, [](void* x) { sys::destroy(static_cast<Ownership*>(x), sys::Alloc::Process); });
  return true;
}

}  // namespace

void adopt_table(Process& process, Table& t) {
  Ownership* o = ownership_of(process);
  sys::Locked guard(o->lock);
  t.owner.store(process.pid.raw());
  link(*o, t);
}
void disown_table(Table& t) {
  for (;;) {
    Ownership* o = ownership(t).load();
    if (!o) return;
    sys::Locked guard(o->lock);
    if (ownership(t).load() != o) continue;  // was given away meanwhile
    unlink(*o, t);
    return;
  }
}
Process* living_heir(const Table& t) {
  Process* p = t.heir.is_value() ? find_process(t.heir) : nullptr;
  return p && p->spawn_time == t.heir_spawned ? p : nullptr;
}
bool give_table(Table& t, Term from, Process& to, Term data) {
  Ownership* theirs = ownership_of(to);
  disown_table(t);
  {
    sys::Locked guard(theirs->lock);
    if (!theirs->gone && !to.exiting()) {
      t.owner.store(to.pid.raw());
      if (!link(*theirs, t)) return false;
      send_transfer(to, t, from, data);
      return true;
    }
  }
  // Too late: back to the giver.
  if (Process* giver = find_process(from)) {
    adopt_table(*giver, t);
  } else if (unlink_table(t)) {
    while (!free_contents(t, objects_per_slice)) {
    }
    forget_table(t);
  }
  return false;
}
void set_heir(Table& t, Term heir, Term data) {
  HeapFragment::destroy(t.heir_data.fragment);
  t.heir_data = {Term(), nullptr};
  t.heir = heir;
  Process* p = heir.is_value() ? find_process(heir) : nullptr;
  t.heir_spawned = p ? p->spawn_time : ~uint64_t(0);
  if (heir.is_value()) {
    size_t words = copy_size_with_literals(data);
    if (!words) {
      t.heir_data.term = data;
      return;
    }
    HeapFragment* f = HeapFragment::create(Words(words));
    f->used = uint32_t(words);
    HeapWriter w(f->data, f->data + words, &f->off_heap);
    t.heir_data = {copy_into_with_literals(data, w), f};
  }
}

void init_ets() { process_hooks.exit_steps[size_t(ExitStep::Tables)] = exit_step; }

void fix_by_process(Process& process, Table& t) {
  {
    sys::Locked guard(t.fix_lock);
    for (Fixer* f = t.fixers; f; f = f->next) {
      if (!f->pid.same(process.pid)) continue;
      f->count++;
      return;
    }
    if (!t.fixers) note_fixed_now(t);
    t.fixers = sys::create<Fixer>(sys::Alloc::Ets, Fixer{process.pid, 1, t.fixers});
  }
  fix(t);
  remember_fixed(*ownership_of(process), t);
}
bool unfix_by_process(Process& process, Table& t) {
  {
    sys::Locked guard(t.fix_lock);
    Fixer** at = &t.fixers;
    while (*at && !(*at)->pid.same(process.pid)) at = &(*at)->next;
    if (!*at) return false;
    if (--(*at)->count) return true;
    Fixer* f = *at;
    *at = f->next;
    sys::destroy(f, sys::Alloc::Ets);
  }
  unfix(t);
  Ownership* o = ownership_of(process);
  for (auto** at = &o->fixed; *at; at = &(*at)->next) {
    if ((*at)->table != &t) continue;
    drop(*o, at);
    break;
  }
  return true;
}

}  // namespace joist::ets
