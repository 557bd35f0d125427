// Modules atomics and counters: arrays of 64-bit integers that processes share. The reference is a MagicRef; operations are
// the machine's own atomic instructions.
//
// counters with write_concurrency keep one cache-line-padded copy of the array per stripe; a writer adds to its thread's stripe and
// a reader sums them, as documented: reads may miss concurrent writes but are eventually right.
#include <atomic>
#include <new>

#include "bifs/bif.h"
#include "vm/sched/scheduler.h"
#include "vm/term/arith.h"
#include "vm/term/magic_ref.h"
#include "vm/term/map.h"

namespace joist {
namespace {

constexpr Word max_elements = Word(1) << 32;
constexpr char atomics_type = 0, counters_type = 0;

struct AtomicArray final : MagicObject {
  bool is_signed = true;
  size_t size = 0;
  std::atomic<uint64_t>* values = nullptr;
  ~AtomicArray() override { delete[] values; }
};

constexpr size_t line_words = 8;

struct CounterArray final : MagicObject {
  size_t size = 0;
  size_t stripe_words = 0;  // distance between stripes
  size_t stripe_count = 1;
  std::atomic<uint64_t>* values = nullptr;
  std::atomic<uint64_t>& mine(size_t i) {
    Scheduler* s = current_scheduler();
    return values[(s && s->number < stripe_count ? s->number : 0) * stripe_words + i];
  }
  ~CounterArray() override { delete[] values; }
};

// Number of elements: 1 … max_elements.
bool parse_size(Term t, Word* n, NativeResult* failure) {
  *failure = badarg();
  if (!arith::to_uint64(t, n)) {
    if (t.is<Bignum>() && arith::sign(t) > 0) *failure = system_limit();
    return false;
  }
  if (*n > max_elements) *failure = system_limit();
  return *n >= 1 && *n <= max_elements;
}

Term magic_term(NativeCall& c, MagicObject* object) {
  HeapWriter w = c.heap().reserve(Words(magic_ref_words));
  return make_magic_ref(w, object);
}

AtomicArray* array_of(Term t) {
  auto ref = t.as<MagicRef>();
  return ref && ref->object->type == &atomics_type ? static_cast<AtomicArray*>(ref->object) : nullptr;
}
CounterArray* counters_of(Term t) {
  auto ref = t.as<MagicRef>();
  return ref && ref->object->type == &counters_type ? static_cast<CounterArray*>(ref->object) : nullptr;
}

// Element that args 0 (reference) and 1 (index from 1) name; null when they are bad.
std::atomic<uint64_t>* element(NativeCall& c, AtomicArray** array) {
  *array = array_of(c.arg(0));
  if (!*array || !c.arg(1).is_small()) return nullptr;
  SWord i = c.arg(1).small_value();
  return i >= 1 && Word(i) <= (*array)->size ? &(*array)->values[i - 1] : nullptr;
}

// Any integer, modulo 2^64 where the signedness allows: -2^63 … 2^64-1.
bool word_of(Term t, uint64_t* out) {
  SWord s;
  if (arith::to_int64(t, &s)) {
    *out = uint64_t(s);
    return true;
  }
  return arith::to_uint64(t, out);
}

// A value of the array's own range; increments may be any of word_of.
bool value_of(const AtomicArray& array, Term t, uint64_t* out) {
  SWord s;
  if (!array.is_signed) return arith::to_uint64(t, out);
  if (!arith::to_int64(t, &s)) return false;
  *out = uint64_t(s);
  return true;
}

Term value_term(NativeCall& c, const AtomicArray& array, uint64_t v) {
  return array.is_signed ? arith::make_integer(c.heap(), SWord(v)) : arith::make_unsigned(c.heap(), v);
}

Term info_map(NativeCall& c, Term max, Term min, size_t size, size_t bytes) {
  Term pairs[] = {atom::max, max, atom::memory, Term::small(bytes), atom::min, min, atom::size, Term::small(size)};
  return map::from_pairs(c.heap(), pairs, 4);
}

}  // namespace

// atomics_new(Arity, Flags): flags bit 0 = signed
BIF(erts_internal, atomics_new, 2) {
  Word n;
  NativeResult failure = badarg();
  if (!c.arg(1).is_small()) return failure;
  if (!parse_size(c.arg(0), &n, &failure)) return failure;
  auto* array = new AtomicArray;
  array->type = &atomics_type;
  array->is_signed = c.arg(1).small_value() & 1;
  array->size = n;
  array->values = new (std::nothrow) std::atomic<uint64_t>[n]();
  if (!array->values) {
    array->release();
    return system_limit();
  }
  return magic_term(c, array);
}

BIF(atomics, put, 3) {
  AtomicArray* array;
  uint64_t v;
  auto* e = element(c, &array);
  if (!e || !value_of(*array, c.arg(2), &v)) return badarg();
  e->store(v);
  return atom::ok;
}
BIF(atomics, get, 2) {
  AtomicArray* array;
  auto* e = element(c, &array);
  return e ? NativeResult(value_term(c, *array, e->load())) : badarg();
}
BIF(atomics, add, 3) {
  AtomicArray* array;
  uint64_t v;
  auto* e = element(c, &array);
  if (!e || !word_of(c.arg(2), &v)) return badarg();
  e->fetch_add(v);
  return atom::ok;
}
BIF(atomics, add_get, 3) {
  AtomicArray* array;
  uint64_t v;
  auto* e = element(c, &array);
  if (!e || !word_of(c.arg(2), &v)) return badarg();
  return value_term(c, *array, e->fetch_add(v) + v);
}
BIF(atomics, exchange, 3) {
  AtomicArray* array;
  uint64_t v;
  auto* e = element(c, &array);
  if (!e || !value_of(*array, c.arg(2), &v)) return badarg();
  return value_term(c, *array, e->exchange(v));
}
BIF(atomics, compare_exchange, 4) {
  AtomicArray* array;
  uint64_t expected, desired;
  auto* e = element(c, &array);
  if (!e || !value_of(*array, c.arg(2), &expected) || !value_of(*array, c.arg(3), &desired)) return badarg();
  return e->compare_exchange_strong(expected, desired) ? NativeResult(atom::ok) : value_term(c, *array, expected);
}
BIF(atomics, info, 1) {
  AtomicArray* array = array_of(c.arg(0));
  if (!array) return badarg();
  Term max = array->is_signed ? arith::make_integer(c.heap(), INT64_MAX) : arith::make_unsigned(c.heap(), UINT64_MAX);
  Term min = arith::make_integer(c.heap(), array->is_signed ? INT64_MIN : 0);
  return info_map(c, max, min, array->size, sizeof *array + array->size * 8);
}

BIF(erts_internal, counters_new, 1) {
  Word n;
  NativeResult failure = badarg();
  if (!parse_size(c.arg(0), &n, &failure)) return failure;
  auto* array = new CounterArray;
  array->type = &counters_type;
  array->size = n;
  array->stripe_count = 1 + scheduler_count();
  array->stripe_words = (n + line_words - 1) / line_words * line_words;
  array->values = new (std::nothrow) std::atomic<uint64_t>[array->stripe_words * array->stripe_count]();
  if (!array->values) {
    array->release();
    return system_limit();
  }
  return magic_term(c, array);
}

// Index argument of a counter operation; SIZE_MAX when bad.
static size_t counter_index(NativeCall& c, CounterArray* array) {
  if (!array || !c.arg(1).is_small()) return SIZE_MAX;
  SWord i = c.arg(1).small_value();
  return i >= 1 && Word(i) <= array->size ? size_t(i - 1) : SIZE_MAX;
}
BIF(erts_internal, counters_get, 2) {
  CounterArray* array = counters_of(c.arg(0));
  size_t i = counter_index(c, array);
  if (i == SIZE_MAX) return badarg();
  uint64_t sum = 0;
  for (size_t s = 0; s < array->stripe_count; s++)
    sum += array->values[s * array->stripe_words + i].load(std::memory_order_relaxed);
  return arith::make_integer(c.heap(), SWord(sum));
}
BIF(erts_internal, counters_add, 3) {
  CounterArray* array = counters_of(c.arg(0));
  size_t i = counter_index(c, array);
  uint64_t v;
  if (i == SIZE_MAX || !word_of(c.arg(2), &v)) return badarg();
  array->mine(i).fetch_add(v, std::memory_order_relaxed);
  return atom::ok;
}
BIF(erts_internal, counters_put, 3) {
  CounterArray* array = counters_of(c.arg(0));
  size_t i = counter_index(c, array);
  SWord v;
  if (i == SIZE_MAX || !arith::to_int64(c.arg(2), &v)) return badarg();
  for (size_t s = 1; s < array->stripe_count; s++) array->values[s * array->stripe_words + i].store(0);
  array->values[i].store(uint64_t(v));
  return atom::ok;
}
BIF(erts_internal, counters_info, 1) {
  CounterArray* array = counters_of(c.arg(0));
  if (!array) return badarg();
  Term pairs[] = {atom::memory, Term::small(sizeof *array + array->stripe_words * array->stripe_count * 8), atom::size,
                  Term::small(array->size)};
  return map::from_pairs(c.heap(), pairs, 2);
}

}  // namespace joist
