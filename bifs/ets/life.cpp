// Tables as a whole: made, renamed, given away, deleted, listed.
#include <algorithm>
#include <bit>

#include "bifs/ets/common.h"
#include "vm/process/process_table.h"
#include "vm/process/send.h"
#include "vm/sched/quiescence.h"
#include "vm/sched/scheduler.h"

namespace joist {

using namespace ets;

namespace {

bool parse_option(Term option, Options* o) {
  if (option.same(atom::set)) return true;  // the default; does not undo an earlier type (as in OTP)
  if (option.same(atom::protected_)) return true;
  if (option.same(atom::bag)) return o->type = Type::Bag, true;
  if (option.same(atom::duplicate_bag)) return o->type = Type::DuplicateBag, true;
  if (option.same(atom::ordered_set)) return o->type = Type::OrderedSet, true;
  if (option.same(atom::public_)) return o->protection = Protection::Public, true;
  if (option.same(atom::private_)) return o->protection = Protection::Private, true;
  if (option.same(atom::named_table)) return o->named = true;
  if (option.same(atom::compressed)) return o->compressed = true;
  auto t = option.as<Tuple>();
  if (!t || t->arity() < 2) return false;
  Term name = t->at(0), value = t->at(1);
  if (t->arity() == 3) {
    if (!name.same(atom::heir) || !value.is_local_pid()) return false;
    o->heir = value;
    o->heir_data = t->at(2);
    return true;
  }
  if (t->arity() != 2) return false;
  bool is_true = value.same(atom::true_), is_boolean = is_true || value.same(atom::false_);
  if (name.same(atom::keypos) && value.is_small() && value.small_value() > 0 && value.small_value() <= INT32_MAX) {
    o->key_position = size_t(value.small_value());
    return true;
  }
  if (name.same(atom::write_concurrency)) {
    o->write_auto = value.same(atom::auto_);
    o->fixed_stripes = 0;
    if (auto locks = value.as<Tuple>()) {
      if (locks->arity() != 2 || !locks->at(0).same(atom::debug_hash_fixed_number_of_locks) || !locks->at(1).is_small() ||
          locks->at(1).small_value() < 1 || locks->at(1).small_value() > 32768)
        return false;
      o->fixed_stripes = std::max(std::bit_floor(uint32_t(locks->at(1).small_value())), uint32_t(Table::wide_stripes));
      return o->write_concurrency = true;
    }
    o->write_concurrency = is_true || o->write_auto;
    return is_boolean || o->write_auto;
  }
  if (name.same(atom::read_concurrency)) {
    o->read_concurrency = is_true;
    return is_boolean;
  }
  if (name.same(atom::decentralized_counters)) {
    o->decentralized = is_true;
    return is_boolean;
  }
  if (name.same(atom::heir) && value.same(atom::none)) {
    o->heir = Term();
    return true;
  }
  return false;
}

// Keeps the deletion of a big table going over several slices.
struct Deleting final : NativeState {
  Table* table;
  explicit Deleting(Table* t) : table(t) {}
  ~Deleting() override {
    if (!table) return;  // finished
    while (!free_contents(*table, ~size_t(0) >> 1)) {
    }
    forget_table(*table);
  }
};

}  // namespace

BIF(ets, new, 2) {
  if (!c.arg(0).is_atom()) return badarg();
  Options options;
  Term list = c.arg(1);
  for (; list.is_cons(); list = list.as_cons()->tail) {
    if (!parse_option(list.as_cons()->head, &options)) return badarg();
  }
  if (!list.is_nil()) return badarg();
  if (options.protection == Protection::Private) {
    options.write_concurrency = options.write_auto = options.read_concurrency = false;
    options.fixed_stripes = 0;
  }
  Table* t = create_table(c.process, c.arg(0), options);
  if (!t) return c.badarg(atom::already_exists);
  c.charge(20);
  return options.named ? c.arg(0) : table_id(c.heap(), *t);  // others may have renamed it by now
}

BIF(ets, delete, 1) {
  auto* state = c.state<Deleting>();
  if (!state) {
    TABLE_ARGUMENT(t, c.arg(0), Write);
    if (!unlink_table(*t)) return c.badarg(atom::id);
    state = new Deleting(t);
    c.set_state(state);
  }
  do {
    if (free_contents(*state->table, 1000)) {
      forget_table(*state->table);
      state->table = nullptr;
      return atom::true_;
    }
    c.charge(500);
  } while (!turn_is_over(c));
  return c.again();
}

namespace {

// Contents of a table that was emptied, freed over several slices.
struct Emptying final : NativeState {
  Table* contents;
  Term count;  // small
  Emptying(Table* c, Term n) : contents(c), count(n) {}
  ~Emptying() override {
    while (!free_contents(*contents, ~size_t(0) >> 1)) {
    }
    contents->release();
  }
};

// Objects that are left to a fixation: in their chains, marked.
void mark_all_deleted(Table& t) {
  for (uint32_t i = 0; i < t.active.load(); i++) {
    for (Object* o = *hash::bucket(t, i); o; o = o->next) {
      if (o->deleted) continue;
      o->deleted = 1;
      t.pseudo_deleted++;
    }
  }
  for (uint32_t i = 0; i < t.stripe_count; i++) t.stripes[i].items = t.stripes[i].words = 0;
}

}  // namespace

// Nobody sees a part of it: under all stripes the table gets new, empty contents. Returns how many objects there were.
static NativeResult delete_all(NativeCall& c) {
  TABLE_ARGUMENT(t, c.arg(0), Write);
  if (!t->is_tree() && t->fixed.load() && must_go_elsewhere(c, *t, t->size())) return c.elsewhere();
  Hold hold(*t, Hold::Write);
  TABLE_STILL_THERE(t);
  Term count = Term::small(SWord(t->size()));
  if (!t->is_tree() && t->fixed.load()) {
    c.charge(size_t(count.small_value()) / 16);
    mark_all_deleted(*t);
    return count;
  }
  c.set_state(new Emptying(take_contents(*t), count));
  return c.again();
}

BIF(ets, internal_delete_all, 2) {
  auto* state = c.state<Emptying>();
  if (!state) {
    QuiescentSection section;
    NativeResult result = delete_all(c);
    state = c.state<Emptying>();
    if (!state) return result;
  }
  do {
    if (free_contents(*state->contents, 1000)) return state->count;
    c.charge(500);
  } while (!turn_is_over(c));
  return c.again();
}

BIF(ets, rename, 2) {
  TABLE_ARGUMENT(t, c.arg(0), Write);
  if (!c.arg(1).is_atom()) return badarg();
  bool named = t->named;
  if (!rename_table(*t, c.arg(1))) return badarg();
  return named ? c.arg(1) : c.arg(0);
}

BIF(ets, whereis, 1) {
  Term name = c.arg(0);
  if (!name.is_atom()) return badarg();
  Table* t = find_named(name);
  return t ? table_id(c.heap(), *t) : atom::undefined;
}

BIF(ets, give_away, 3) {
  Term to = c.arg(1);
  TABLE_ARGUMENT(t, c.arg(0), Write);
  Process* receiver = to.is_local_pid() ? find_process(to) : nullptr;
  if (!receiver) return badarg();
  if (!t->owner_pid().same(c.process.pid)) return c.badarg(atom::not_owner);
  if (to.same(c.process.pid)) return c.badarg(atom::owner);
  if (!give_table(*t, c.process.pid, *receiver, c.arg(2))) return badarg();
  return atom::true_;
}

BIF(ets, setopts, 2) {
  TABLE_ARGUMENT(t, c.arg(0), Write);
  Term list = c.arg(1);
  Term one;
  if (list.is<Tuple>()) {
    one = list;
    list = nil;
  }
  bool heir_given = false, protection_given = false;
  Term heir, data;
  Protection protection = Protection::Protected;
  for (;; list = list.as_cons()->tail) {
    Term option = one;
    if (option.is_non_value()) {
      if (!list.is_cons()) break;
      option = list.as_cons()->head;
    }
    auto o = option.as<Tuple>();
    if (!o || o->arity() < 2) return badarg();
    if (o->at(0).same(atom::heir) && !heir_given) {
      heir_given = true;
      if (o->arity() == 3 && o->at(1).is_local_pid()) {
        heir = o->at(1);
        data = o->at(2);
      } else if (o->arity() != 2 || !o->at(1).same(atom::none)) {
        return badarg();
      }
    } else if (o->at(0).same(atom::protection) && !protection_given && o->arity() == 2) {
      protection_given = true;
      if (o->at(1).same(atom::public_)) protection = Protection::Public;
      else if (o->at(1).same(atom::private_)) protection = Protection::Private;
      else if (!o->at(1).same(atom::protected_)) return badarg();
    } else {
      return badarg();
    }
    if (one.is_value()) break;
  }
  if (one.is_non_value() && !list.is_nil()) return badarg();
  if (!t->owner_pid().same(c.process.pid)) return badarg();
  Hold hold(*t, Hold::Write);
  TABLE_STILL_THERE(t);
  if (heir_given) set_heir(*t, heir, data);
  // The locks above stay held under the old protection; Hold remembers what it took.
  if (protection_given) t->protection = protection;
  return atom::true_;
}

namespace {
struct Listing {
  Heap& heap;
  Term list = nil;
};
}  // namespace

// The caller expects an answer {Ref, Tables} from every scheduler: the first has all, the others none.
BIF(ets, internal_request_all, 0) {
  HeapWriter w = c.heap().reserve(Words(3));
  auto* ref = reinterpret_cast<Ref*>(w.take(3));
  ref->header = make_header(Kind::Ref, 2);
  new_ref_numbers(ref->words);
  Listing listing{c.heap()};
  for_each_table(
      [](Table& t, void* p) {
        auto* l = static_cast<Listing*>(p);
        Term id = table_name_or_id(l->heap, t);
        l->list = l->heap.reserve(Words(2)).cons(id, l->list);
      },
      &listing);
  for (uint32_t i = 0; i < scheduler_count(); i++) {
    Term message = c.heap().reserve(Words(3)).tuple(ref->term(), i == 0 ? listing.list : nil);
    send_message(c.process, Term(), message);
  }
  return ref->term();
}

BIF(ets, safe_fixtable, 2) {
  TABLE_ARGUMENT(t, c.arg(0), Read);
  if (c.arg(1).same(atom::true_)) fix_by_process(c.process, *t);
  else if (c.arg(1).same(atom::false_)) unfix_by_process(c.process, *t);
  else return badarg();
  return atom::true_;
}

}  // namespace joist
