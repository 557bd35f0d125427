// Tuples.
#include <cstring>

#include "bifs/bif.h"
#include "bifs/list_builder.h"
#include "vm/term/compare.h"

namespace joist {
namespace {

constexpr SWord max_tuple_size = (1 << 24) - 1;  // OTP's limit (Efficiency guide, system limits)

// Index 1..arity of a small integer term, else 0.
size_t index_in(Term index, size_t arity) {
  if (!index.is_small()) return 0;
  SWord i = index.small_value();
  return i >= 1 && Word(i) <= arity ? size_t(i) : 0;
}

}  // namespace

BIF(erlang, element, 2) {
  auto t = c.arg(1).as<Tuple>();
  if (!t) return badarg();
  size_t i = index_in(c.arg(0), t->arity());
  return i ? NativeResult(t->at(i - 1)) : badarg();
}

BIF(erlang, setelement, 3) {
  auto t = c.arg(1).as<Tuple>();
  if (!t) return badarg();
  size_t i = index_in(c.arg(0), t->arity());
  if (!i) return badarg();
  Tuple* out = c.heap().reserve(Words(1 + t->arity())).tuple_of(t->arity());
  memcpy(out->elements, t->elements, t->arity() * sizeof(Term));
  out->elements[i - 1] = c.arg(2);
  c.charge(t->arity() / 16);
  return out->term();
}

BIF(erlang, tuple_size, 1) {
  auto t = c.arg(0).as<Tuple>();
  return t ? NativeResult(Term::small(t->arity())) : badarg();
}

BIF(erlang, tuple_to_list, 1) {
  auto t = c.arg(0).as<Tuple>();
  if (!t) return badarg();
  HeapWriter out = c.heap().reserve(Words(2 * t->arity()));
  Term list = nil;
  for (size_t i = t->arity(); i-- > 0;) list = out.cons(t->at(i), list);
  c.charge(t->arity() / 8);
  return list;
}

BIF(erlang, list_to_tuple, 1) {
  SWord n = proper_length(c.arg(0));
  if (n < 0 || n > max_tuple_size) return badarg();
  Tuple* out = c.heap().reserve(Words(1 + n)).tuple_of(n);
  Term list = c.arg(0);
  for (SWord i = 0; i < n; i++, list = list.as_cons()->tail) out->elements[i] = list.as_cons()->head;
  c.charge(n / 8);
  return out->term();
}

BIF(erlang, make_tuple, 2) {
  if (!c.arg(0).is_small() || c.arg(0).small_value() < 0 || c.arg(0).small_value() > max_tuple_size) return badarg();
  size_t n = c.arg(0).small_value();
  Tuple* out = c.heap().reserve(Words(1 + n)).tuple_of(n);
  for (size_t i = 0; i < n; i++) out->elements[i] = c.arg(1);
  c.charge(n / 16);
  return out->term();
}

BIF(erlang, make_tuple, 3) {
  if (!c.arg(0).is_small() || c.arg(0).small_value() < 0 || c.arg(0).small_value() > max_tuple_size) return badarg();
  size_t n = c.arg(0).small_value();
  Tuple* out = c.heap().reserve(Words(1 + n)).tuple_of(n);
  for (size_t i = 0; i < n; i++) out->elements[i] = c.arg(1);
  Term list = c.arg(2);
  for (; list.is_cons(); list = list.as_cons()->tail) {
    auto pair = list.as_cons()->head.as<Tuple>();
    if (!pair || pair->arity() != 2) return badarg();
    size_t i = index_in(pair->at(0), n);
    if (!i) return badarg();
    out->elements[i - 1] = pair->at(1);
  }
  c.charge(n / 16);
  return list.is_nil() ? NativeResult(out->term()) : badarg();
}

BIF(erlang, append_element, 2) {
  auto t = c.arg(0).as<Tuple>();
  if (!t || SWord(t->arity()) >= max_tuple_size) return badarg();
  size_t n = t->arity();
  Tuple* out = c.heap().reserve(Words(2 + n)).tuple_of(n + 1);
  memcpy(out->elements, t->elements, n * sizeof(Term));
  out->elements[n] = c.arg(1);
  return out->term();
}

BIF(erlang, insert_element, 3) {
  auto t = c.arg(1).as<Tuple>();
  if (!t || SWord(t->arity()) >= max_tuple_size) return badarg();
  size_t n = t->arity(), i = index_in(c.arg(0), n + 1);
  if (!i) return badarg();
  Tuple* out = c.heap().reserve(Words(2 + n)).tuple_of(n + 1);
  memcpy(out->elements, t->elements, (i - 1) * sizeof(Term));
  out->elements[i - 1] = c.arg(2);
  memcpy(out->elements + i, t->elements + i - 1, (n - i + 1) * sizeof(Term));
  return out->term();
}

BIF(erlang, delete_element, 2) {
  auto t = c.arg(1).as<Tuple>();
  if (!t) return badarg();
  size_t n = t->arity(), i = index_in(c.arg(0), n);
  if (!i) return badarg();
  Tuple* out = c.heap().reserve(Words(n)).tuple_of(n - 1);
  memcpy(out->elements, t->elements, (i - 1) * sizeof(Term));
  memcpy(out->elements + i - 1, t->elements + i, (n - i) * sizeof(Term));
  return out->term();
}

}  // namespace joist
