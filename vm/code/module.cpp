// The module table: by atom index, in chunks made when the first module of their range appears. Modules never go.
#include "vm/code/module.h"

#include <new>

#include "vm/sys/lock.h"
#include "vm/sys/memory.h"

namespace joist {

namespace {

constexpr size_t chunk_bits = 10, chunk_entries = size_t(1) << chunk_bits;
constexpr size_t max_chunks = size_t(1) << 17;  // 134 million atoms
using Slot = std::atomic<Module*>;
std::atomic<Slot*> chunks[max_chunks];

struct Entry : Module {
  std::atomic<Entry*> next{nullptr};
};
sys::Mutex lock{sys::LockRank::CodeTables};
std::atomic<Entry*> first_module{nullptr};
Entry* last_module = nullptr;  // lock
std::atomic<size_t> modules{0};

}  // namespace

Module* find_module(Term name) {
  size_t index = name.atom_index();
  Slot* chunk = chunks[(index >> chunk_bits) & (max_chunks - 1)].load(std::memory_order_acquire);
  return chunk ? chunk[index & (chunk_entries - 1)].load(std::memory_order_acquire) : nullptr;
}

Module* get_module(Term name) {
  if (Module* known = find_module(name)) return known;
  sys::Locked guard(lock);
  if (Module* known = find_module(name)) return known;
  size_t index = name.atom_index();
  VERIFY(index >> chunk_bits < max_chunks);
  auto& chunk = chunks[index >> chunk_bits];
  if (!chunk.load(std::memory_order_relaxed))
    chunk.store(static_cast<Slot*>(sys::allocate_zeroed(chunk_entries * sizeof(Slot), sys::Alloc::Code)), std::memory_order_release);
  auto* entry = new (sys::allocate(sizeof(Entry), sys::Alloc::Code)) Entry();
  entry->name = name;
  chunk.load(std::memory_order_relaxed)[index & (chunk_entries - 1)].store(entry, std::memory_order_release);
  if (last_module) last_module->next.store(entry, std::memory_order_release);
  else first_module.store(entry, std::memory_order_release);
  last_module = entry;
  modules.fetch_add(1, std::memory_order_relaxed);
  return entry;
}

size_t module_count() { return modules.load(std::memory_order_relaxed); }

void for_each_module(void (*f)(Module&, void* arg), void* arg) {
  for (Entry* m = first_module.load(std::memory_order_acquire); m; m = m->next.load(std::memory_order_acquire)) f(*m, arg);
}

}  // namespace joist
