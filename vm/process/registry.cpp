// A sharded table from name (atom) to pid or port. Names are few and change rarely: a shard is a small open-addressing table
// under a reader-writer lock.
#include "vm/process/registry.h"

#include "vm/process/process_table.h"
#include "vm/sys/lock.h"
#include "vm/sys/memory.h"

namespace joist {

namespace {

constexpr size_t shard_count = 16;

struct Shard {
  sys::RwLock lock{sys::LockRank::Registry};
  struct Row { Term name, target; };
  Row* rows = nullptr;  // sorted by nothing; count of capacity
  size_t count = 0, capacity = 0;

  Row* find(Term name) {
    for (size_t i = 0; i < count; i++)
      if (rows[i].name.same(name)) return &rows[i];
    return nullptr;
  }
  void add(Term name, Term target) {
    if (count == capacity) {
      capacity = capacity ? capacity * 2 : 8;
      rows = static_cast<Row*>(sys::reallocate(rows, capacity * sizeof(Row), sys::Alloc::System));
    }
    rows[count++] = {name, target};
  }
  void drop(Row* row) { *row = rows[--count]; }
};
Shard shards[shard_count];

Shard& shard_of(Term name) { return shards[name.atom_index() % shard_count]; }

}  // namespace

void init_registry() {}

bool register_process(Term name, Process& process) {
  Shard& shard = shard_of(name);
  sys::Locked<sys::RwLock> locked(shard.lock);
  if (shard.find(name)) return false;
  // Two registrations of one process under different names meet here; exit takes the name away under the same lock.
  Word none = 0;
  if (!process.registered_name.compare_exchange_strong(none, name.raw())) return false;
  if (process.exiting()) {
    process.registered_name = 0;
    return false;
  }
  shard.add(name, process.pid);
  return true;
}

bool register_port(Term name, Term port) {
  Shard& shard = shard_of(name);
  sys::Locked<sys::RwLock> locked(shard.lock);
  if (shard.find(name)) return false;
  shard.add(name, port);
  return true;
}

bool unregister_name(Term name) {
  Shard& shard = shard_of(name);
  sys::Locked<sys::RwLock> locked(shard.lock);
  Shard::Row* row = shard.find(name);
  if (!row) return false;
  if (row->target.is_local_pid())
    if (Process* p = find_process(row->target)) p->registered_name = 0;
  shard.drop(row);
  return true;
}

Term whereis(Term name) {
  Shard& shard = shard_of(name);
  sys::LockedShared locked(shard.lock);
  Shard::Row* row = shard.find(name);
  return row ? row->target : Term();
}

bool unregister_process(Process& process) {
  Word raw = process.registered_name.load();
  if (!raw) return false;
  Term name = Term::from_raw(raw);
  Shard& shard = shard_of(name);
  sys::Locked<sys::RwLock> locked(shard.lock);
  Shard::Row* row = shard.find(name);
  if (!row || !row->target.same(process.pid)) return false;
  shard.drop(row);
  return true;
}

void unregister_port(Term name, Term port) {
  Shard& shard = shard_of(name);
  sys::Locked<sys::RwLock> locked(shard.lock);
  Shard::Row* row = shard.find(name);
  if (row && row->target.same(port)) shard.drop(row);
}

void for_each_registered(void (*f)(Term name, void* arg), void* arg) {
  for (Shard& shard : shards) {
    sys::LockedShared locked(shard.lock);
    for (size_t i = 0; i < shard.count; i++) f(shard.rows[i].name, arg);
  }
}

}  // namespace joist
