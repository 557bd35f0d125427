// Making terms. Nothing here collects: what does not fit the heap goes to fragments.
#include <cmath>
#include <cstring>

#include "vm/base/utf8.h"
#include "vm/nif/env.h"
#include "vm/process/relations.h"
#include "vm/process/timestamp.h"
#include "vm/term/arith.h"
#include "vm/term/list_util.h"

namespace joist::nif {

ENIF(Term, make_int)(Env* env, int i) { return Term::small(i); }
ENIF(Term, make_uint)(Env* env, unsigned i) { return Term::small(i); }
ENIF(Term, make_long)(Env* env, long i) { return arith::make_integer(*env->heap, i); }
ENIF(Term, make_ulong)(Env* env, unsigned long i) { return arith::make_unsigned(*env->heap, i); }
ENIF(Term, make_double)(Env* env, double d) {
  if (!std::isfinite(d)) return env->raise(atom::badarg);
  return env->heap->reserve(Words(FloatBox::words)).float_(d);
}
ENIF(Term, make_unique_integer)(Env* env, int flags) {
  return unique_integer(*env->heap, flags & unique_positive, flags & unique_monotonic);
}

// ---- atoms, from Latin-1
namespace {

struct AtomText {
  char bytes[2 * max_atom_characters];
  size_t size = 0;
  bool too_long;
  AtomText(const char* latin1, size_t length) : too_long(length > max_atom_characters) {
    if (too_long) return;
    for (size_t i = 0; i < length; i++)
      size += utf8_encode(uint8_t(latin1[i]), reinterpret_cast<uint8_t*>(bytes) + size);
  }
  std::string_view text() const { return {bytes, size}; }
};

}  // namespace

Term find_latin1_atom(const char* latin1, size_t length) {
  AtomText text(latin1, length);
  return text.too_long ? Term() : find_atom(text.text());
}

ENIF(Term, make_atom_len)(Env* env, const char* name, size_t length) {
  AtomText text(name, length);
  if (text.too_long) return env->raise(atom::badarg);
  Term t = make_atom(text.text());
  return t.is_value() ? t : env->raise(atom::system_limit);
}
ENIF(Term, make_atom)(Env* env, const char* name) { return enif_make_atom_len(env, name, std::strlen(name)); }
ENIF(int, make_existing_atom_len)(Env* env, const char* name, size_t length, Term* out, Encoding) {
  Term t = find_latin1_atom(name, length);
  if (t.is_non_value()) return 0;
  *out = t;
  return 1;
}
ENIF(int, make_existing_atom)(Env* env, const char* name, Term* out, Encoding encoding) {
  return enif_make_existing_atom_len(env, name, std::strlen(name), out, encoding);
}

// ---- tuples and lists
ENIF(Term, make_tuple_from_array)(Env* env, const Term elements[], unsigned count) {
  Tuple* tuple = env->heap->reserve(Words(1 + count)).tuple_of(count);
  for (unsigned i = 0; i < count; i++) tuple->elements[i] = elements[i];
  return tuple->term();
}
ENIF(Term, make_list_from_array)(Env* env, const Term elements[], unsigned count) {
  return list::from_terms(*env->heap, elements, count);
}
ENIF(Term, make_list_cell)(Env* env, Term head, Term tail) { return env->heap->reserve(Words(2)).cons(head, tail); }
ENIF(Term, make_tuple)(Env* env, unsigned count, ...) {
  Tuple* tuple = env->heap->reserve(Words(1 + count)).tuple_of(count);
  va_list rest;
  va_start(rest, count);
  for (unsigned i = 0; i < count; i++) tuple->elements[i] = Term::from_raw(va_arg(rest, Word));
  va_end(rest);
  return tuple->term();
}
ENIF(Term, make_list)(Env* env, unsigned count, ...) {
  if (count == 0) return nil;
  HeapWriter w = env->heap->reserve(Words(2 * count));
  Word* first = w.at();
  va_list rest;
  va_start(rest, count);
  for (unsigned i = 1; i <= count; i++) {
    Word head = va_arg(rest, Word);
    Term tail = i == count ? nil : Term::cons(first + 2 * i);
    w.cons(Term::from_raw(head), tail);
  }
  va_end(rest);
  return Term::cons(first);
}
ENIF(int, make_reverse_list)(Env* env, Term t, Term* out) {
  list::Length length(t);
  length.step(~size_t(0));
  if (!length.proper()) return 0;
  HeapWriter w = env->heap->reserve(Words(2 * length.count));
  Term reversed = nil;
  for (; t.is_cons(); t = t.as_cons()->tail) reversed = w.cons(t.as_cons()->head, reversed);
  *out = reversed;
  return 1;
}
ENIF(Term, make_string_len)(Env* env, const char* text, size_t length, Encoding) {
  return list::from_bytes(*env->heap, text, length);
}
ENIF(Term, make_string)(Env* env, const char* text, Encoding) { return list::from_text(*env->heap, text); }

ENIF(Term, make_ref)(Env* env) { return make_ref(*env->heap); }

}  // namespace joist::nif
