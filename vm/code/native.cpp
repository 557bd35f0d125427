// The natives by name. The hash table is made once at start and never changes.
#include "vm/code/native.h"

#include <cstring>

#include "vm/code/code.h"
#include "vm/code/export.h"
#include "vm/sys/memory.h"

namespace joist {

namespace {

uint16_t* slots;  // 1 + index into native_table; 0 empty
size_t slot_mask;

size_t hash_of(Term module, Term function, size_t arity) {
  Word h = module.raw() * 0x9e3779b97f4a7c15 ^ function.raw() * 0xc2b2ae3d27d4eb4f ^ arity * 0x165667b19e3779f9;
  return h >> 32 ^ h >> 11;
}

}  // namespace

void init_natives() {
  if (slots) return;
  size_t size = 1;
  while (size < native_count * 4) size *= 2;
  VERIFY(native_count < 65535);
  slots = static_cast<uint16_t*>(sys::allocate_zeroed(size * sizeof(uint16_t), sys::Alloc::Code));
  slot_mask = size - 1;
  for (size_t i = 0; i < native_count; i++) {
    NativeEntry& entry = native_table[i];
    entry.module = make_atom(entry.module_text);
    entry.function = make_atom(entry.function_text);
    size_t at = hash_of(entry.module, entry.function, entry.arity) & slot_mask;
    while (slots[at]) at = (at + 1) & slot_mask;
    slots[at] = uint16_t(i + 1);
    entry.gate.store(entry.kind, std::memory_order_relaxed);
    entry.export_ = get_export(entry.module, entry.function, entry.arity);
    if (has_function(entry.kind)) entry.export_->native = &entry;
  }
}

const NativeEntry* find_native(Term module, Term function, size_t arity) {
  if (!slots) return nullptr;
  for (size_t at = hash_of(module, function, arity) & slot_mask; slots[at]; at = (at + 1) & slot_mask) {
    const NativeEntry& entry = native_table[slots[at] - 1];
    if (entry.module.same(module) && entry.function.same(function) && entry.arity == arity) return &entry;
  }
  return nullptr;
}

}  // namespace joist
