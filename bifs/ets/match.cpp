// select, match, match_object and what else takes match specifications.
//
// Continuations are OTP's: {Table, Slot, Limit, Program, Rest, RestCount} for hash tables and
// {Table, LastKey, [], Limit, Program, [], Reverse, 0} for ordered sets, so that ets:repair_continuation/2 knows them.
#include "bifs/ets/select.h"
#include "vm/term/arith.h"
#include "vm/term/map.h"

namespace joist {

using namespace ets;

namespace {

match::Program* compile_spec(NativeCall& c, Term spec) { return match::compile(c.heap(), spec, {}, nullptr); }

// No clauses match nothing, as the empty tuple does, which no object is. (match_spec_compile/1 takes none.)
match::Program* compile_selection(NativeCall& c, Term spec) {
  if (!spec.is_nil()) return compile_spec(c, spec);
  HeapWriter w = c.heap().reserve(Words(1 + 2 + 4 + 2));
  Term body = w.cons(atom::dollar_, nil);
  Term clause = w.tuple(w.tuple(), nil, body);
  return compile_spec(c, w.cons(clause, nil));
}

// [{Pattern, [], [What]}]; null in *program with true: the pattern is '_' and the whole object is wanted.
bool compile_pattern(NativeCall& c, Term pattern, Term what, match::Program** program) {
  *program = nullptr;
  if (what.same(atom::dollar_) && pattern.same(atom::underscore)) return true;
  HeapWriter w = c.heap().reserve(Words(2 + 4 + 2));
  Term body = w.cons(what, nil);
  Term clause = w.tuple(pattern, nil, body);
  *program = compile_spec(c, w.cons(clause, nil));
  return *program != nullptr;
}

Term program_reference(Heap& heap, match::Program* program) {
  if (!program) return nil;
  HeapWriter w = heap.reserve(Words(3));
  auto* r = reinterpret_cast<MagicRef*>(w.take(3));
  r->header = make_header(Kind::MagicRef, 2);
  r->object = program;
  program->retain();
  w.link_off_heap(reinterpret_cast<OffHeap*>(r));
  return r->term();
}
match::Program* program_of(Term t) {
  auto magic = t.as<MagicRef>();
  return magic && magic->object->type == &match::Program::type_tag ? static_cast<match::Program*>(magic->object) : nullptr;
}

Term reversed(Heap& heap, Term list, size_t n) {
  HeapWriter w = heap.reserve(Words(2 * n));
  Term out = nil;
  for (; list.is_cons(); list = list.as_cons()->tail) out = w.cons(list.as_cons()->head, out);
  return out;
}

// The result of one chunk: '$end_of_table' or {List, Continuation}.
Term chunk(NativeCall& c, Select& s, Term table_id) {
  Heap& heap = c.heap();
  if (s.end && s.found == 0) return atom::end_of_table;
  // A name may mean another table by then. (OTP's ordered sets keep the name, though.)
  if (table_id.is_atom() && !s.table->is_tree()) table_id = ets::table_id(heap, *s.table);
  if (s.table->is_tree()) {
    Term list = reversed(heap, s.list, s.found);
    Term next = atom::end_of_table;
    if (!s.end) {
      Term program = program_reference(heap, s.program);
      next = heap.reserve(Words(9)).tuple(table_id, s.key, nil, Term::small(SWord(s.limit)), program, nil,
                                          Term::small(s.reverse), Term::small(0));
    }
    return heap.reserve(Words(3)).tuple(list, next);
  }
  // More may have been found in the last bucket than was asked for: the newest wait in the continuation.
  Term rest = nil, list = s.list;
  size_t surplus = s.found > s.limit ? s.found - s.limit : 0;
  if (surplus) {
    std::vector<Term> newest;
    for (size_t i = 0; i < surplus; i++, list = list.as_cons()->tail) newest.push_back(list.as_cons()->head);
    HeapWriter w = heap.reserve(Words(2 * surplus));
    for (size_t i = surplus; i-- > 0;) rest = w.cons(newest[i], rest);
  }
  Term next = atom::end_of_table;
  if (!s.end || surplus) {
    Term program = program_reference(heap, s.program);
    SWord slot = s.end ? -1 : SWord(s.slot);
    next = heap.reserve(Words(7)).tuple(table_id, Term::small(slot), Term::small(SWord(s.limit)), program, rest,
                                        Term::small(SWord(surplus)));
  }
  return heap.reserve(Words(3)).tuple(list, next);
}

NativeResult go_on(NativeCall& c, Select& s, Term table_id) {
  if (!walk(c, s)) return c.again();
  if (s.table->deleted.load()) return c.badarg(atom::id);  // meanwhile
  if (s.action != Action::Collect) return arith::make_unsigned(c.heap(), s.found);
  if (s.chunked) return chunk(c, s, table_id);
  return s.list;
}

struct Request {
  Action action = Action::Collect;
  bool reverse = false;        // of the result
  Term limit;                  // chunked when a value
};
NativeResult begin(NativeCall& c, Table& t, match::Program* program, const Request& r) {
  auto* s = new Select;
  s->use(t, program);
  s->action = r.action;
  s->chunked = r.limit.is_value();
  if (s->chunked) s->limit = size_t(r.limit.small_value());
  // Results are consed: an unchunked list comes out in order when the walk is backwards.
  s->reverse = s->chunked ? r.reverse : !r.reverse;
  s->find_keys();
  c.set_state(s);
  return go_on(c, *s, c.arg(0));
}

bool good_limit(Term limit) { return limit.is_small() && limit.small_value() > 0; }

NativeResult select(NativeCall& c, const Request& r, Need need = Need::Read) {
  if (auto* s = c.state<Select>()) return go_on(c, *s, c.arg(0));
  NativeResult failure = badarg();
  Table* t = table_argument(c, c.arg(0), need, &failure);
  if (!t) return failure;
  if (r.limit.is_value() && !good_limit(r.limit)) return badarg();
  match::Program* program = compile_selection(c, c.arg(1));
  if (!program) return badarg();
  return begin(c, *t, program, r);
}
NativeResult match_pattern(NativeCall& c, Term what, const Request& r) {
  if (auto* s = c.state<Select>()) return go_on(c, *s, c.arg(0));
  NativeResult failure = badarg();
  Table* t = table_argument(c, c.arg(0), Need::Read, &failure);
  if (!t) return failure;
  if (r.limit.is_value() && !good_limit(r.limit)) return badarg();
  match::Program* program;
  if (!compile_pattern(c, c.arg(1), what, &program)) return badarg();
  return begin(c, *t, program, r);
}

NativeResult resume(NativeCall& c) {
  Term k = c.arg(0);
  if (k.same(atom::end_of_table)) return k;
  auto tuple = k.as<Tuple>();
  if (!tuple || tuple->arity() < 1) return badarg();
  Term table_id = tuple->at(0);
  if (auto* s = c.state<Select>()) return go_on(c, *s, table_id);
  NativeResult failure = badarg();
  Table* t = table_argument(c, table_id, Need::Read, &failure);
  if (!t) return failure;
  match::Program* program = nullptr;
  Select* s = nullptr;
  if (t->is_tree()) {
    if (tuple->arity() != 8 || !good_limit(tuple->at(3)) || !tuple->at(6).is_small()) return badarg();
    program = program_of(tuple->at(4));
    if (!program && !tuple->at(4).is_nil()) return badarg();
    s = new Select;
    s->started = true;
    s->key = tuple->at(1);
    s->limit = size_t(tuple->at(3).small_value());
    s->reverse = tuple->at(6).small_value() != 0;
  } else {
    if (tuple->arity() != 6 || !tuple->at(1).is_small() || !good_limit(tuple->at(2)) || !tuple->at(5).is_small()) return badarg();
    program = program_of(tuple->at(3));
    if (!program && !tuple->at(3).is_nil()) return badarg();
    SWord slot = tuple->at(1).small_value();
    if (slot > SWord(t->active.load())) return badarg();
    s = new Select;
    s->limit = size_t(tuple->at(2).small_value());
    s->slot = slot < 0 ? UINT32_MAX : uint32_t(slot);
    s->list = tuple->at(4);
    for (Term l = s->list; l.is_cons(); l = l.as_cons()->tail) s->found++;
  }
  if (program) program->retain();
  s->use(*t, program);
  s->chunked = true;
  s->find_keys();
  s->by_keys = false;  // what has the keys was all found by the first call
  c.set_state(s);
  if (s->found >= s->limit) {  // enough was left over from the chunk before
    s->end = s->slot == UINT32_MAX;
    return chunk(c, *s, table_id);
  }
  return go_on(c, *s, table_id);
}

bool is_const(Term t) {
  auto tuple = t.as<Tuple>();
  return tuple && tuple->arity() == 2 && tuple->at(0).is_atom() && atom_text(tuple->at(0)) == "const";
}
// Neither variables nor maps (a map as a pattern matches more than itself).
bool is_fixed(Term p) {
  std::vector<Term> todo{p};
  while (!todo.empty()) {
    Term t = todo.back();
    todo.pop_back();
    if (is_map(t) || match::variable_number(t) >= 0 || match::is_wildcard(t)) return false;
    if (t.is_cons()) {
      todo.push_back(t.as_cons()->tail);
      todo.push_back(t.as_cons()->head);
    } else if (auto tuple = t.as<Tuple>()) {
      todo.insert(todo.end(), tuple->elements, tuple->elements + tuple->arity());
    }
  }
  return true;
}
// The body expression always gives the term that the pattern matched.
bool rebuilds(Term pattern, Term body) {
  std::vector<std::pair<Term, Term>> todo{{pattern, body}};
  while (!todo.empty()) {
    auto [p, b] = todo.back();
    todo.pop_back();
    if (is_const(b)) {
      if (!is_fixed(p) || !terms_equal(b.as<Tuple>()->at(1), p)) return false;
    } else if (p.is_cons() && b.is_cons()) {
      todo.push_back({p.as_cons()->tail, b.as_cons()->tail});
      todo.push_back({p.as_cons()->head, b.as_cons()->head});
    } else if (auto tuple = p.as<Tuple>()) {
      auto outer = b.as<Tuple>();
      auto made = outer && outer->arity() == 1 ? outer->at(0).as<Tuple>() : Ref_<Tuple>();
      if (!made || made->arity() != tuple->arity()) return false;
      for (size_t i = 0; i < made->arity(); i++) todo.push_back({tuple->at(i), made->at(i)});
    } else if (match::variable_number(p) >= 0) {
      if (!p.same(b)) return false;
    } else {
      if (match::is_wildcard(p) || is_map(p) || b.is<Tuple>() || b.same(atom::dollar_) || b.same(atom::dollar_dollar)) return false;
      if (!terms_equal(p, b)) return false;
    }
  }
  return true;
}

// select_replace only takes bodies that surely keep the key: '$_' or a tuple whose key element rebuilds the head's.
bool keeps_key(const Table& t, Term spec) {
  size_t at = t.key_position - 1;
  for (Term l = spec; l.is_cons(); l = l.as_cons()->tail) {
    auto clause = l.as_cons()->head.as<Tuple>();
    Term body = clause->at(2), head = clause->at(0);
    while (body.as_cons()->tail.is_cons()) body = body.as_cons()->tail;
    Term last = body.as_cons()->head;
    if (last.same(atom::dollar_) || (last.same(head) && match::variable_number(head) >= 0)) continue;
    auto pattern = head.as<Tuple>();
    auto outer = last.as<Tuple>();
    if (!outer) return false;
    if (is_const(last)) {
      auto value = outer->at(1).as<Tuple>();
      if (!value || !pattern || value->arity() <= at || pattern->arity() <= at || !is_fixed(pattern->at(at)) ||
          !terms_equal(value->at(at), pattern->at(at)))
        return false;
      continue;
    }
    auto tuple = outer->arity() == 1 ? outer->at(0).as<Tuple>() : Ref_<Tuple>();
    if (!tuple || tuple->arity() <= at) return false;
    Term made = tuple->at(at);
    // {element, KeyPos, '$_'} or, with the head a variable, {element, KeyPos, Head}
    if (auto call = made.as<Tuple>();
        call && call->arity() == 3 && call->at(0).same(atom::element) && call->at(1).is_small() &&
        call->at(1).small_value() == SWord(t.key_position) &&
        (call->at(2).same(atom::dollar_) || (match::variable_number(head) >= 0 && call->at(2).same(head))))
      continue;
    if (!pattern || pattern->arity() <= at || !rebuilds(pattern->at(at), made)) return false;
  }
  return true;
}

}  // namespace

BIF(ets, select, 2) { return select(c, {}); }
BIF(ets, select, 3) { return select(c, {.limit = c.arg(2)}); }
BIF(ets, select, 1) { return resume(c); }
BIF(ets, select_reverse, 2) { return select(c, {.reverse = true, .limit = {}}); }
BIF(ets, select_reverse, 3) { return select(c, {.reverse = true, .limit = c.arg(2)}); }
BIF(ets, select_reverse, 1) { return resume(c); }
BIF(ets, select_count, 2) { return select(c, {.action = Action::Count, .limit = {}}); }
BIF(ets, internal_select_delete, 2) { return select(c, {.action = Action::Delete, .limit = {}}, Need::Write); }
BIF(ets, match, 2) { return match_pattern(c, atom::dollar_dollar, {}); }
BIF(ets, match, 3) { return match_pattern(c, atom::dollar_dollar, {.limit = c.arg(2)}); }
BIF(ets, match, 1) { return resume(c); }
BIF(ets, match_object, 2) { return match_pattern(c, atom::dollar_, {}); }
BIF(ets, match_object, 3) { return match_pattern(c, atom::dollar_, {.limit = c.arg(2)}); }
BIF(ets, match_object, 1) { return resume(c); }

BIF(ets, select_replace, 2) {
  if (auto* s = c.state<Select>()) return go_on(c, *s, c.arg(0));
  TABLE_ARGUMENT(t, c.arg(0), Write);
  if (t->type == Type::Bag) return c.badarg(atom::table_type);
  match::Program* program = compile_selection(c, c.arg(1));
  if (!program) return badarg();
  if (!keeps_key(*t, program->source)) {
    program->release();
    return badarg();
  }
  return begin(c, *t, program, {.action = Action::Replace, .limit = {}});
}

BIF(ets, match_spec_compile, 1) {
  match::Program* program = compile_spec(c, c.arg(0));
  if (!program) return badarg();
  Term ref = program_reference(c.heap(), program);
  program->release();
  return ref;
}
BIF(ets, is_compiled_ms, 1) { return boolean(program_of(c.arg(0)) != nullptr); }

namespace {
struct RunList final : NativeState {
  Term rest, result;
  void visit_roots(RootVisitor& v) override {
    v.visit(rest);
    v.visit(result);
  }
};
}  // namespace
BIF(ets, match_spec_run_r, 3) {
  match::Program* program = program_of(c.arg(1));
  if (!program) return badarg();
  auto* s = c.state<RunList>();
  if (!s) {
    if (!c.arg(2).is_list()) return badarg();
    s = new RunList;
    s->rest = c.arg(0);
    s->result = c.arg(2);
    c.set_state(s);
  }
  for (; s->rest.is_cons(); s->rest = s->rest.as_cons()->tail) {
    if (c.exhausted()) return c.again();
    match::Run run{.process = c.process, .heap = c.heap(), .subject = s->rest.as_cons()->head};
    run.copy = false;
    Term result = match::run(*program, run);
    c.charge(1 + run.steps / 16);
    if (result.is_value()) s->result = c.heap().reserve(Words(2)).cons(result, s->result);
  }
  if (!s->rest.is_nil()) return badarg();
  return s->result;
}

}  // namespace joist
