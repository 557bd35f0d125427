// update_counter/3,4 and update_element/3: read, check everything, then write, all under the key's stripe.
#include <optional>
#include <vector>

#include "bifs/ets/common.h"
#include "vm/term/arith.h"

namespace joist {

using namespace ets;

namespace {

Object* find_single(Table& t, Term key, uint32_t hash) { return t.is_tree() ? tree::find(t, key) : hash::find(t, key, hash); }

// The object's elements while they are changed. Untouched ones still point into the stored object, or what it was unpacked to.
struct Editing {
  Table* table;
  Object* object;  // null: to be inserted
  std::optional<OpenedObject> opened;
  std::vector<Term> elements;
  bool in_place = true;

  Editing(Table& t, Object* o) : table(&t), object(o) {
    if (!o) return;
    opened.emplace(*o);
    in_place = !o->packed();
    elements.reserve(opened->arity());
    for (size_t i = 1; i <= opened->arity(); i++) elements.push_back(opened->element(i));
  }

  void set(size_t position, Term value) {
    in_place = in_place && !value.is_pointer() && !elements[position - 1].is_pointer();
    elements[position - 1] = value;
  }
  void store(NativeCall& c, uint32_t hash) {
    if (object && in_place) {
      for (size_t i = 0; i < elements.size(); i++) object->data[1 + i] = elements[i].raw();
      return;
    }
    HeapWriter w = c.heap().reserve(Words(elements.size() + 1));
    Tuple* t = w.tuple_of(elements.size());
    for (size_t i = 0; i < elements.size(); i++) t->elements[i] = elements[i];
    Object* fresh = Object::create(*table, t->term());
    // The scratch tuple pointed into the table: it must not be seen by a collection.
    for (size_t i = 0; i < elements.size(); i++) t->elements[i] = nil;
    if (table->is_tree()) tree::put(*table, fresh);
    else if (object) hash::replace(*table, object, fresh, hash);
    else hash::put(*table, fresh, hash);
  }
};

bool is_single_key(const Table& t) { return t.type == Type::Set || t.type == Type::OrderedSet; }

struct Operation {
  size_t position;
  Term increment, threshold, reset;
};
// False: malformed. *cause may be set.
bool parse_operation(const Table& t, Term term, size_t arity, Operation* out, Term* cause) {
  auto o = term.as<Tuple>();
  if (!o || (o->arity() != 2 && o->arity() != 4)) return false;
  if (o->arity() == 4) {
    if (!is_integer(o->at(2)) || !is_integer(o->at(3))) return false;
    out->threshold = o->at(2);
    out->reset = o->at(3);
  }
  if (!o->at(0).is_small() || !is_integer(o->at(1))) return false;
  SWord position = o->at(0).small_value();
  if (position == SWord(t.key_position)) {
    *cause = atom::keypos;
    return false;
  }
  if (position < 1 || position > SWord(arity)) {
    *cause = atom::position;
    return false;
  }
  out->position = size_t(position);
  out->increment = o->at(1);
  return true;
}

NativeResult update_counter(NativeCall& c, Term fallback) {
  TABLE_ARGUMENT(t, c.arg(0), Write);
  if (fallback.is_value() && !good_object(*t, fallback)) return badarg();
  if (!is_single_key(*t)) return c.badarg(atom::table_type);
  Term key = c.arg(1), what = c.arg(2);
  uint32_t hash = lock_hash(*t, key);
  Term result;
  bool inserted = false;
  {
    Hold hold(*t, hash, Hold::Write);
    TABLE_STILL_THERE(t);
    Object* o = find_single(*t, key, hash);
    if (!o && fallback.is_non_value()) return c.badarg(atom::badkey);
    Editing e(*t, o);
    if (!o) {
      auto tuple = fallback.as<Tuple>();
      e.elements.assign(tuple->elements, tuple->elements + tuple->arity());
      e.elements[t->key_position - 1] = key;
      inserted = true;
    }
    std::vector<Operation> operations;
    Term cause;
    bool many = false;
    if (is_integer(what)) {
      size_t position = t->key_position + 1;
      if (position > e.elements.size()) return c.badarg(atom::position);
      operations.push_back({position, what, {}, {}});
    } else if (what.is<Tuple>()) {
      Operation op{};
      if (!parse_operation(*t, what, e.elements.size(), &op, &cause)) return cause.is_value() ? c.badarg(cause) : badarg();
      operations.push_back(op);
    } else {
      many = true;
      Term l = what;
      for (; l.is_cons(); l = l.as_cons()->tail) {
        Operation op{};
        if (!parse_operation(*t, l.as_cons()->head, e.elements.size(), &op, &cause)) return cause.is_value() ? c.badarg(cause) : badarg();
        operations.push_back(op);
      }
      if (!l.is_nil()) return badarg();
    }
    for (const Operation& op : operations) {
      if (!is_integer(e.elements[op.position - 1])) return badarg();
    }
    std::vector<Term> values;
    for (const Operation& op : operations) {
      auto sum = arith::add(c.heap(), e.elements[op.position - 1], op.increment);
      if (!sum) return system_limit();
      Term value = *sum;
      if (op.threshold.is_value()) {
        int over = compare_terms(value, op.threshold);
        if (arith::sign(op.increment) < 0 ? over < 0 : over > 0) value = op.reset;
      }
      e.set(op.position, value);
      values.push_back(value);
    }
    // What add() gave back unchanged may still be the table's.
    for (Term& v : values) {
      if (v.is_pointer()) v = copy_part(c.heap(), v);
    }
    if (many) {
      HeapWriter w = c.heap().reserve(Words(2 * values.size()));
      result = nil;
      for (size_t i = values.size(); i-- > 0;) result = w.cons(values[i], result);
    } else {
      result = values[0];
    }
    if (inserted || !operations.empty()) e.store(c, hash);
  }
  if (inserted && !t->is_tree()) hash::adapt(*t, hash);
  return result;
}

}  // namespace

BIF(ets, update_counter, 3) { return update_counter(c, Term()); }
BIF(ets, update_counter, 4) {
  if (!c.arg(3).is<Tuple>()) {
    TABLE_ARGUMENT(t, c.arg(0), Write);
    return badarg();
  }
  return update_counter(c, c.arg(3));
}

BIF(ets, update_element, 3) {
  TABLE_ARGUMENT(t, c.arg(0), Write);
  if (!is_single_key(*t)) return badarg();
  Term key = c.arg(1), what = c.arg(2);
  uint32_t hash = lock_hash(*t, key);
  Hold hold(*t, hash, Hold::Write);
  TABLE_STILL_THERE(t);
  Object* o = find_single(*t, key, hash);
  if (!o) return atom::false_;
  Editing e(*t, o);
  Term list = what, single;
  if (what.is<Tuple>()) {
    single = what;
    list = nil;
  }
  for (;; list = list.as_cons()->tail) {
    Term item = single;
    if (item.is_non_value()) {
      if (!list.is_cons()) break;
      item = list.as_cons()->head;
    }
    auto pair = item.as<Tuple>();
    if (!pair || pair->arity() != 2 || !pair->at(0).is_small()) return badarg();
    SWord position = pair->at(0).small_value();
    if (position == SWord(t->key_position)) return c.badarg(atom::keypos);
    if (position < 1 || position > SWord(e.elements.size())) return badarg();
    e.set(size_t(position), pair->at(1));
    if (single.is_value()) break;
  }
  if (!list.is_nil()) return badarg();
  e.store(c, hash);
  return atom::true_;
}

}  // namespace joist
