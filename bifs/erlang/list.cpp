// Lists: erlang's own and the natives of module lists.
#include "bifs/bif.h"
#include "bifs/list_builder.h"
#include "vm/term/compare.h"
#include "vm/term/hash.h"
#include "vm/term/otp_terms.h"

#include <memory>

namespace joist {
namespace {

// L ++ Tail; badarg unless L is proper.
NativeResult append(NativeCall& c, Term list, Term tail) {
  if (list.is_nil()) return tail;
  SWord n = proper_length(list);
  if (n < 0) return badarg();
  ListBuilder out(c.heap(), n);
  for (; list.is_cons(); list = list.as_cons()->tail) out.push(list.as_cons()->head);
  c.charge(n / 8);
  return out.finish(tail);
}

// Counted multiset of the terms of the right operand of '--': open addressing by internal hash, so the cost is linear.
class Removals {
 public:
  explicit Removals(size_t n) {
    while (capacity_ < 2 * n) capacity_ *= 2;
    slots_ = std::make_unique<Slot[]>(capacity_);
  }
  void add(Term t) {
    Slot& s = find(t);
    s.term = t;
    s.count++;
  }
  // True when t was still to be removed; counts it down.
  bool take(Term t) {
    Slot& s = find(t);
    if (s.count == 0) return false;
    s.count--;
    return true;
  }

 private:
  struct Slot {
    Term term;
    size_t count = 0;
  };
  Slot& find(Term t) {
    size_t i = internal_hash(t) & (capacity_ - 1);
    while (slots_[i].term.is_value() && !terms_equal(slots_[i].term, t)) i = (i + 1) & (capacity_ - 1);
    return slots_[i];
  }
  size_t capacity_ = 8;
  std::unique_ptr<Slot[]> slots_;
};

constexpr SWord few_removals = 12;  // below, comparing each beats hashing

NativeResult subtract(NativeCall& c, Term left, Term right) {
  SWord n = proper_length(left), m = proper_length(right);
  if (n < 0 || m < 0) return badarg();
  if (n == 0 || m == 0) return left;
  if (c.too_long(size_t(m <= few_removals ? n / 8 : n + m))) return c.elsewhere();
  c.charge((n + m) / 4);
  ListBuilder out(c.heap(), n);
  if (m <= few_removals) {
    Term rest[few_removals];
    size_t left_over = 0;
    for (Term t = right; t.is_cons(); t = t.as_cons()->tail) rest[left_over++] = t.as_cons()->head;
    for (; left.is_cons() && left_over > 0; left = left.as_cons()->tail) {
      Term head = left.as_cons()->head;
      size_t i = 0;
      while (i < left_over && !terms_equal(rest[i], head)) i++;
      if (i == left_over) {
        out.push(head);
      } else {
        for (left_over--; i < left_over; i++) rest[i] = rest[i + 1];
      }
    }
    return out.finish(left);
  }
  Removals removals(m);
  for (Term t = right; t.is_cons(); t = t.as_cons()->tail) removals.add(t.as_cons()->head);
  for (; left.is_cons(); left = left.as_cons()->tail) {
    if (Term head = left.as_cons()->head; !removals.take(head)) out.push(head);
  }
  return out.finish();
}

// keyfind & co.: the first tuple whose element at `position` == key. found gets the non-value when there is none.
bool find_by_key(NativeCall& c, Term* found) {
  Term key = c.arg(0), list = c.arg(2);
  if (!c.arg(1).is_small() || c.arg(1).small_value() < 1 || is_bignum_in_otp(c.arg(1))) return false;
  size_t position = c.arg(1).small_value(), steps = 0;
  bool exact = key.is_atom() || key.is_nil() || key.is_local_pid();
  for (; list.is_cons(); list = list.as_cons()->tail, steps++) {
    auto t = list.as_cons()->head.as<Tuple>();
    if (!t || position > t->arity()) continue;
    Term candidate = t->at(position - 1);
    if (candidate.same(key) || (!exact && !Term::both_small(candidate, key) && terms_equal_loose(candidate, key))) {
      *found = t->term();
      c.charge(steps / 10);
      return true;
    }
  }
  *found = Term();
  c.charge(steps / 10);
  return list.is_nil();
}

}  // namespace

BIF(erlang, plus_plus, 2) { return append(c, c.arg(0), c.arg(1)); }
BIF(erlang, append, 2) { return append(c, c.arg(0), c.arg(1)); }
// kind: Long
BIF(erlang, minus_minus, 2) { return subtract(c, c.arg(0), c.arg(1)); }
// kind: Long
BIF(erlang, subtract, 2) { return subtract(c, c.arg(0), c.arg(1)); }

BIF(erlang, length, 1) {
  SWord n = proper_length(c.arg(0));
  if (n < 0) return badarg();
  c.charge(n / 100);
  return Term::small(n);
}
BIF(erlang, hd, 1) { return c.arg(0).is_cons() ? NativeResult(c.arg(0).as_cons()->head) : badarg(); }
BIF(erlang, tl, 1) { return c.arg(0).is_cons() ? NativeResult(c.arg(0).as_cons()->tail) : badarg(); }

BIF(lists, member, 2) {
  Term key = c.arg(0), list = c.arg(1);
  size_t steps = 0;
  bool by_word = !key.is_pointer() && !key.is_inline_float();
  for (; list.is_cons(); list = list.as_cons()->tail, steps++) {
    Term head = list.as_cons()->head;
    if (head.same(key) || (!by_word && terms_equal(head, key))) {
      c.charge(steps / 10);
      return atom::true_;
    }
  }
  c.charge(steps / 10);
  return list.is_nil() ? NativeResult(atom::false_) : badarg();
}

BIF(lists, reverse, 2) {
  Term list = c.arg(0);
  SWord n = proper_length(list);
  if (n < 0) return badarg();
  HeapWriter out = c.heap().reserve(Words(2 * n));
  Term result = c.arg(1);
  for (; list.is_cons(); list = list.as_cons()->tail) result = out.cons(list.as_cons()->head, result);
  c.charge(n / 16);
  return result;
}

BIF(lists, keyfind, 3) {
  Term found;
  if (!find_by_key(c, &found)) return badarg();
  return found.is_value() ? found : atom::false_;
}
BIF(lists, keymember, 3) {
  Term found;
  if (!find_by_key(c, &found)) return badarg();
  return boolean(found.is_value());
}
BIF(lists, keysearch, 3) {
  Term found;
  if (!find_by_key(c, &found)) return badarg();
  if (!found.is_value()) return atom::false_;
  return c.heap().reserve(Words(3)).tuple(atom::value, found);
}

}  // namespace joist
