// Sets and bags. Callers hold the stripe of the key's hash (write for changes), unless said otherwise.
#pragma once
#include <bit>

#include "vm/ets/table.h"

namespace joist::ets::hash {

void init(Table& table);
inline constexpr uint32_t first_segment = 256;
inline size_t segment_size(size_t i) { return i == 0 ? first_segment : size_t(first_segment) << (i - 1); }
inline Object** bucket(Table& table, uint32_t index) {
  if (index < first_segment) return &table.segments[0][index];
  size_t segment = size_t(std::bit_width(index / first_segment));
  return &table.segments[segment][index - segment_size(segment)];
}
uint32_t bucket_of(Table& table, uint32_t hash);

// First live object with this key, or null; the others with the key follow it in the chain.
Object* find(Table& table, Term key, uint32_t hash);
bool has_key(const Table& table, const Object* o, Term key, uint32_t hash);
// Takes the object. Replaces (set), adds (bags).
void put(Table& table, Object* object, uint32_t hash);
// Puts `fresh` in place of `old` (same key).
void replace(Table& table, Object* old, Object* fresh, uint32_t hash);
// All objects with this key; returns how many.
size_t erase(Table& table, Term key, uint32_t hash);
// Objects equal to the tuple.
size_t erase_object(Table& table, Term tuple, uint32_t hash);
// own_fixes: how often the caller, whom this does not disturb, fixed the table. Others who fix it later see nothing of the object.
void erase_one(Table& table, Object* object, uint32_t hash, uint32_t own_fixes);
// After releasing the stripe: makes the bucket count fit the number of objects.
void adapt(Table& table, uint32_t hash);
// The same for a caller who holds all stripes for writing, after each object that was put.
void adapt_held(Table& table, uint32_t hash);

// Next live object at or after bucket *index (whose stripe the cursor holds), for first/next. Takes locks itself.
// Calls use(object, arg) under the lock of the found object's stripe; false when there is none.
// with_deleted: marked objects count as well.
bool first(Table& table, void (*use)(Object*, void*), void* arg, bool with_deleted = false);
enum class Next : uint8_t { Found, End, BadKey };
Next next(Table& table, Term key, void (*use)(Object*, void*), void* arg, bool with_deleted = false);

// Frees up to budget objects; *at is the bucket to go on with. No locks: nobody else sees the table.
bool free_some(Table& table, size_t budget);
// Unlinks what is marked deleted. Takes locks itself.
void purge(Table& table);

}  // namespace joist::ets::hash
