// Maps. Literal keys come with their hash, so that large maps are searched without hashing; flat maps are scanned by identity when
// the key is an immediate.
#include "vm/interp/dispatch.h"
#include "vm/term/map.h"

namespace joist {

// Value of an immediate key; the non-value when it is not there.
[[gnu::always_inline]] static inline Term flat_get(const FlatMap& map, Term key) {
  size_t i = map::position_of_word(map, key);
  return i < map.size() ? map.values[i] : Term();
}

// ---- reading
WARM_OP(get_map_element_large) {
  auto& in = operands<ins::get_map_element>(pc);
  SPILL_X();
  Term value = map::get_hashed(in.map.load_spilled(process->x, E), in.key.term(), in.hash.value);
  RELOAD_X();
  if (!value.is_value()) JUMP(in.fail);
  in.dst.store<Mode::Any>(REGS, value);
  NEXT(get_map_element);
}
OP_MODES(get_map_element, S, D) {
  auto& in = operands<ins::get_map_element>(pc);
  Term map = in.map.load<S>(REGS);
  if (!FlatMap::matches(map.header())) GOTO_OP(get_map_element_large);
  Term value = flat_get(*reinterpret_cast<FlatMap*>(map.boxed_words()), in.key.term());
  if (!value.is_value()) JUMP(in.fail);
  in.dst.store<D>(REGS, value);
  NEXT(get_map_element);
}
VARIANTS(get_map_element, AllSources, AllRegisters)

WARM_OP(get_map_element_deep) {
  auto& in = operands<ins::get_map_element_hashed>(pc);
  SPILL_X();
  Term value = map::get_hashed(in.map.load_spilled(process->x, E), in.key.term(), in.hash.value);
  RELOAD_X();
  if (!value.is_value()) JUMP(in.fail);
  in.dst.store<Mode::Any>(REGS, value);
  NEXT(get_map_element_hashed);
}
OP(get_map_element_hashed) { GOTO_OP(get_map_element_deep); }

// A key that is an immediate in a flat map is found here; other keys and other maps are searched in C++.
WARM_OP(get_map_element_by_deep) {
  auto& in = operands<ins::get_map_element_by>(pc);
  SPILL_X();
  Term value = map::get(in.map.load_spilled(process->x, E), in.key.load_spilled(process->x, E));
  RELOAD_X();
  if (!value.is_value()) JUMP(in.fail);
  in.dst.store<Mode::Any>(REGS, value);
  NEXT(get_map_element_by);
}
OP_MODES(get_map_element_by, S, K) {
  auto& in = operands<ins::get_map_element_by>(pc);
  Term map = in.map.load<S>(REGS), key = in.key.load<K>(REGS);
  if (key.is_pointer() || !FlatMap::matches(map.header())) GOTO_OP(get_map_element_by_deep);
  Term value = flat_get(*reinterpret_cast<FlatMap*>(map.boxed_words()), key);
  if (!value.is_value()) JUMP(in.fail);
  in.dst.store<Mode::Any>(REGS, value);
  NEXT(get_map_element_by);
}
VARIANTS(get_map_element_by, FastRegisters, FastRegisters)

// Value of the key of element i (key, …, hash) of a tail whose elements are `stride` words.
static Term get_by_tail(Process* process, Term* E, const ins::Tail& tail, size_t i, size_t hash_at, Term map) {
  const ins::Src& key = tail.src(i);
  if (!key.is_constant()) return map::get(map, key.load_spilled(process->x, E));
  Term constant = Term::from_raw(key.bits);
  if (FlatMap::matches(map.header()) && !constant.is_pointer())
    return flat_get(*reinterpret_cast<FlatMap*>(map.boxed_words()), constant);
  return map::get_hashed(map, constant, uint32_t(tail.number(i + hash_at)));
}

// Destinations are written one by one: none of them is the map or a later key (the compiler sees to it), but for the last.
OP(get_map_elements) {
  auto& in = operands<ins::get_map_elements>(pc);
  size_t count = in.count.value;
  SPILL();
  Term map = in.map.load<Mode::Any>(REGS);
  for (size_t i = 0; i < count; i += 3) {
    Term value = get_by_tail(process, E, in.elements, i, 2, map);
    if (!value.is_value()) {
      RELOAD();
      JUMP(in.fail);
    }
    const ins::Src& dst = in.elements.src(i + 1);
    (dst.mode() == Mode::Y ? ins::at_offset<Term>(E, dst.offset()) : ins::at_offset<Term>(process->x, dst.offset())) = value;
  }
  RELOAD();
  NEXT_TAIL(get_map_elements, count);
}

OP(has_map_fields) {
  auto& in = operands<ins::has_map_fields>(pc);
  size_t count = in.count.value;
  SPILL();
  Term map = in.map.load<Mode::Any>(REGS);
  for (size_t i = 0; i < count; i += 2) {
    if (!get_by_tail(process, E, in.keys, i, 1, map).is_value()) JUMP(in.fail);
  }
  NEXT_TAIL(has_map_fields, count);
}

// ---- building
// Heap words that a change of one association may take, and those of each further one.
static constexpr size_t room_for_one = 104, room_for_another = 40;

// Raises in place of OTP's badmap or badkey when it cannot be done.
WARM_OP(put_map_change) {
  auto& in = operands<ins::put_map>(pc);
  size_t count = in.count.value;
  SPILL();
  Term map = in.map.load<Mode::Any>(REGS);
  if (!is_map(map)) {
    if (in.fail) JUMP(in.fail);
    Term reason = process->heap.reserve(Words(3)).tuple(atom::badmap, map);
    RELOAD();
    RAISE(reason);
  }
  size_t need = room_for_one + room_for_another * (count / 2 - 1);
  if (!process->heap.has_room(Words(need)) || process->heap.wants_collection()) {
    if (!collect_or_leave(*process, need, in.live.value)) return;
    RELOAD();
    map = in.map.load<Mode::Any>(REGS);
  }
  constexpr size_t few = 16;
  Term inline_pairs[few];
  Term* pairs = count <= few ? inline_pairs : static_cast<Term*>(malloc(count * sizeof(Term)));
  VERIFY(pairs != nullptr);
  Term* x = process->x;
  for (size_t i = 0; i < count; i++) pairs[i] = in.pairs.src(i).load_spilled(x, E);
  Term bad_key;
  Term result = map::put_many(process->heap, map, pairs, count / 2, in.exact.value, &bad_key);
  if (pairs != inline_pairs) free(pairs);
  process->reductions -= SWord(count / 8);
  if (!result.is_value()) {
    if (in.fail) JUMP(in.fail);
    Term reason = process->heap.reserve(Words(3)).tuple(atom::badkey, bad_key);
    RELOAD();
    RAISE(reason);
  }
  RELOAD();
  in.dst.store<Mode::Any>(REGS, result);
  NEXT_TAIL(put_map, count);
}
// One association, with room for whatever becomes of the map.
WARM_OP(put_map_one) {
  auto& in = operands<ins::put_map>(pc);
  if (!has_room(process, E, HP, room_for_one) || process->heap.wants_collection()) GOTO_OP(put_map_change);
  SPILL();
  Term* x = process->x;
  Term key = in.pairs.src(0).load_spilled(x, E), value = in.pairs.src(1).load_spilled(x, E);
  Term map = in.map.load_spilled(x, E);
  Term result = in.exact.value ? map::update(process->heap, map, key, value) : map::put(process->heap, map, key, value);
  if (!result.is_value()) GOTO_OP(put_map_change);
  RELOAD();
  in.dst.store<Mode::Any>(REGS, result);
  NEXT_TAIL(put_map, 2);
}
// Keys that the flat map has already, by their words: a copy with the same keys and other values. The x registers are spilled.
WARM_OP(put_map_flat) {
  auto& in = operands<ins::put_map>(pc);
  Term* x = process->x;
  size_t count = in.count.value;
  auto& map = *reinterpret_cast<FlatMap*>(in.map.load_spilled(x, E).boxed_words());
  size_t size = map.size();
  size_t at = map::position_of_word(map, in.pairs.src(0).load_spilled(x, E));
  if (at == size || !has_room(process, E, HP, 2 + size)) {
    if (count == 2) GOTO_OP(put_map_one);
    GOTO_OP(put_map_change);
  }
  auto* result = reinterpret_cast<FlatMap*>(HP);
  result->header = map.header;
  result->keys = map.keys;
  for (size_t i = 0; i < size; i++) result->values[i] = map.values[i];
  result->values[at] = in.pairs.src(1).load_spilled(x, E);
  bool changed = !result->values[at].same(map.values[at]);
  for (size_t i = 2; i < count; i += 2) {
    at = map::position_of_word(map, in.pairs.src(i).load_spilled(x, E));
    if (at == size) GOTO_OP(put_map_change);
    result->values[at] = in.pairs.src(i + 1).load_spilled(x, E);
    changed |= !result->values[at].same(map.values[at]);
  }
  if (changed) HP += 2 + size;
  in.dst.store<Mode::Any>(REGS, changed ? result->term() : map.term());
  NEXT_TAIL(put_map, count);
}
OP(put_map) {
  auto& in = operands<ins::put_map>(pc);
  SPILL_X();
  Term* x = process->x;
  Term map = in.map.load_spilled(x, E);
  if (map.is<FlatMap>() && !in.pairs.src(0).load_spilled(x, E).is_pointer()) GOTO_OP(put_map_flat);
  if (in.count.value == 2 && is_map(map)) GOTO_OP(put_map_one);
  GOTO_OP(put_map_change);
}

COLD_OP(new_map_collect) {
  auto& in = operands<ins::new_map>(pc);
  COLLECT(2 + in.count.value, in.live.value);
  RERUN();
}
OP(new_map) {
  auto& in = operands<ins::new_map>(pc);
  size_t count = in.count.value;
  if (!has_room(process, E, HP, 2 + count)) [[unlikely]] GOTO_OP(new_map_collect);
  SPILL_X();
  Term* x = process->x;
  auto* map = reinterpret_cast<FlatMap*>(HP);
  HP += 2 + count;
  map->header = make_header(Kind::FlatMap, 1 + count);
  map->keys = in.keys.term();
  for (size_t i = 0; i < count; i++) map->values[i] = in.values.src(i).load_spilled(x, E);
  in.dst.store<Mode::Any>(REGS, map->term());
  NEXT_TAIL(new_map, count);
}

}  // namespace joist
