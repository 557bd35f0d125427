// Maps. Iterators go both ways, which the tries do not: that of a large map has its pairs in an array.
#include "vm/nif/env.h"
#include "vm/sys/memory.h"
#include "vm/term/map.h"

namespace joist::nif {

ENIF(int, get_map_size)(Env*, Term map, size_t* size) {
  if (!is_map(map)) return 0;
  *size = map::size(map);
  return 1;
}
ENIF(Term, make_new_map)(Env*) { return map::empty(); }

namespace {

int result(Term t, Term* out) {
  if (t.is_non_value()) return 0;
  *out = t;
  return 1;
}

}  // namespace

ENIF(int, get_map_value)(Env*, Term map, Term key, Term* value) { return is_map(map) && result(map::get(map, key), value); }
ENIF(int, make_map_put)(Env* env, Term map, Term key, Term value, Term* out) {
  return is_map(map) && result(map::put(*env->heap, map, key, value), out);
}
ENIF(int, make_map_update)(Env* env, Term map, Term key, Term value, Term* out) {
  return is_map(map) && result(map::update(*env->heap, map, key, value), out);
}
ENIF(int, make_map_remove)(Env* env, Term map, Term key, Term* out) {
  return is_map(map) && result(map::remove(*env->heap, map, key), out);
}
// 0: a key is there twice.
ENIF(int, make_map_from_arrays)(Env* env, Term keys[], Term values[], size_t count, Term* out) {
  auto* pairs = static_cast<Term*>(sys::allocate(2 * sizeof(Term) * (count ? count : 1), sys::Alloc::Temporary));
  for (size_t i = 0; i < count; i++) {
    pairs[2 * i] = keys[i];
    pairs[2 * i + 1] = values[i];
  }
  Term map = count ? map::from_pairs(*env->heap, pairs, count) : map::empty();
  sys::release(pairs, sys::Alloc::Temporary);
  return map::size(map) == count && result(map, out);
}

// ---- iterators
ENIF(int, map_iterator_create)(Env*, Term map, MapIterator* it, MapIteratorStart start) {
  if (!is_map(map) || (start != iterate_from_first && start != iterate_from_last)) return 0;
  size_t size = map::size(map);
  *it = {map, size, start == iterate_from_first ? 1 : size, nullptr, nullptr, {}};
  if (auto flat = map.as<FlatMap>()) {
    it->keys = flat->key_tuple()->elements;
    it->values = flat->values;
    return 1;
  }
  auto* pairs = static_cast<Term*>(sys::allocate(2 * sizeof(Term) * size, sys::Alloc::Nif));
  map::Iterator all(map);
  for (Term* at = pairs; all.next(at, at + 1);) at += 2;
  it->keys = pairs;
  return 1;
}
ENIF(void, map_iterator_destroy)(Env*, MapIterator* it) {
  if (!it->values) sys::release(const_cast<Term*>(it->keys), sys::Alloc::Nif);
}
ENIF(int, map_iterator_is_head)(Env*, MapIterator* it) { return it->size == 0 || it->index == 0; }
ENIF(int, map_iterator_is_tail)(Env*, MapIterator* it) { return it->size == 0 || it->index > it->size; }
ENIF(int, map_iterator_next)(Env*, MapIterator* it) {
  if (it->index <= it->size) it->index++;
  return it->index <= it->size;
}
ENIF(int, map_iterator_prev)(Env*, MapIterator* it) {
  if (it->index > 0) it->index--;
  return it->index > 0;
}
ENIF(int, map_iterator_get_pair)(Env*, MapIterator* it, Term* key, Term* value) {
  if (it->index == 0 || it->index > it->size) return 0;
  size_t i = it->index - 1;
  *key = it->values ? it->keys[i] : it->keys[2 * i];
  *value = it->values ? it->values[i] : it->keys[2 * i + 1];
  return 1;
}

}  // namespace joist::nif
