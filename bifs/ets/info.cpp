// ets:info/1,2.
#include "bifs/erlang/wait_reply.h"
#include "bifs/ets/common.h"
#include "vm/process/process_table.h"
#include "vm/term/arith.h"
#include "vm/term/node.h"

namespace joist {

using namespace ets;

namespace {

Term type_atom(Type t) {
  switch (t) {
    case Type::Set: return atom::set;
    case Type::Bag: return atom::bag;
    case Type::DuplicateBag: return atom::duplicate_bag;
    case Type::OrderedSet: return atom::ordered_set;
  }
  return {};
}
Term protection_atom(Protection p) {
  return p == Protection::Public ? atom::public_ : p == Protection::Private ? atom::private_ : atom::protected_;
}

Term fixation(Heap& heap, Table& t, bool monotonic) {
  sys::Locked guard(t.fix_lock);
  if (!t.fixers) return atom::false_;
  Term list = nil;
  for (Fixer* f = t.fixers; f; f = f->next) {
    HeapWriter w = heap.reserve(Words(5));
    list = w.cons(w.tuple(f->pid, Term::small(f->count)), list);
  }
  Term time;
  if (monotonic) {
    time = arith::make_integer(heap, t.fixed_since);
  } else {
    int64_t us = t.fixed_since_system / 1000;
    time = heap.reserve(Words(4)).tuple(Term::small(us / 1000000000000), Term::small(us / 1000000 % 1000000), Term::small(us % 1000000));
  }
  return heap.reserve(Words(3)).tuple(time, list);
}

// Of a hash table: buckets, average and deviation of chain lengths, expected deviation, shortest, longest, deleted objects kept,
// stripes.
Term statistics(Heap& heap, Table& t) {
  if (t.is_tree()) return atom::false_;
  size_t buckets = t.active.load(), items = 0, longest = 0, shortest = ~size_t(0);
  double squares = 0;
  for (uint32_t i = 0; i < buckets; i++) {
    Hold hold(t, i, Hold::Read);
    if (t.deleted.load() || i >= t.active.load()) break;
    size_t n = 0;
    for (Object* o = *hash::bucket(t, i); o; o = o->next) n++;
    items += n;
    squares += double(n) * double(n);
    if (n > longest) longest = n;
    if (n < shortest) shortest = n;
  }
  double average = double(items) / double(buckets);
  double variance = squares / double(buckets) - average * average;
  double expected = __builtin_sqrt(average * (1 - 1.0 / double(buckets)));
  HeapWriter w = heap.reserve(Words(9 + 6));
  Term avg = w.float_(average), deviation = w.float_(__builtin_sqrt(variance > 0 ? variance : 0)), exp = w.float_(expected);
  return w.tuple(Term::small(SWord(buckets)), avg, deviation, exp, Term::small(SWord(shortest)), Term::small(SWord(longest)),
                 Term::small(t.pseudo_deleted.load()), Term::small(t.stripe_count));
}

Term item(NativeCall& c, Table& t, Term what) {
  Heap& heap = c.heap();
  if (what.same(atom::size)) return Term::small(SWord(t.size()));
  if (what.same(atom::type)) return type_atom(t.type);
  if (what.same(atom::memory)) return Term::small(SWord(t.memory_words()));
  if (what.same(atom::owner)) return t.owner_pid();
  if (what.same(atom::heir)) return living_heir(t) ? t.heir : atom::none;
  if (what.same(atom::name)) return t.name.load();
  if (what.same(atom::protection)) return protection_atom(t.protection);
  if (what.same(atom::node)) return local_node_name();
  if (what.same(atom::named_table)) return boolean(t.named);
  if (what.same(atom::compressed)) return boolean(t.compressed);
  if (what.same(atom::keypos)) return Term::small(t.key_position);
  if (what.same(atom::id)) return table_id(heap, t);
  if (what.same(atom::read_concurrency)) return boolean(t.read_concurrency);
  if (what.same(atom::write_concurrency) && t.fixed_stripes)
    return heap.reserve(Words(3)).tuple(atom::debug_hash_fixed_number_of_locks, Term::small(t.fixed_stripes));
  if (what.same(atom::write_concurrency)) return t.write_auto ? atom::auto_ : boolean(t.write_concurrency);
  if (what.same(atom::decentralized_counters)) return boolean(t.decentralized && t.write_concurrency);
  if (what.same(atom::fixed)) return boolean(t.fixed.load() != 0);
  if (what.same(atom::safe_fixed)) return fixation(heap, t, false);
  if (what.same(atom::safe_fixed_monotonic_time)) return fixation(heap, t, true);
  if (what.same(atom::stats)) return statistics(heap, t);
  return {};
}

// Private tables have no locks: their owner looks.
struct BinariesRequest final : AskRequest {
  Table* table;  // retained
  explicit BinariesRequest(Table& t) : table(&t) { t.retain(); }
  ~BinariesRequest() override { table->release(); }
  Term answer(Process& owner) override {
    if (table->deleted.load() || !table->owner_pid().same(owner.pid)) return atom::undefined;
    Term list = nil;
    if (table->is_tree()) {
      for (tree::Cursor at = tree::first(*table); at; at = tree::next(at)) list = binaries_of(owner.heap, at.object(), list);
    } else {
      for (uint32_t i = 0; i < table->active.load(); i++)
        for (Object* o = *hash::bucket(*table, i); o; o = o->next) list = binaries_of(owner.heap, o, list);
    }
    owner.reductions -= SWord(table->size() / 8);
    return list;
  }
};

NativeResult info_of_none(NativeCall& c) {
  return could_be_table(c.arg(0)) ? NativeResult(atom::undefined) : c.badarg(atom::type);
}

}  // namespace

BIF(ets, info, 1) {
  Table* t = find_table(c.arg(0));
  if (!t) return info_of_none(c);
  static constexpr Term fields[] = {atom::protection, atom::keypos, atom::type, atom::named_table, atom::node, atom::size,
                                    atom::name, atom::heir, atom::owner, atom::memory, atom::compressed,
                                    atom::write_concurrency, atom::read_concurrency, atom::decentralized_counters, atom::id};
  Term list = nil;
  for (Term field : fields) {
    Term value = item(c, *t, field);
    HeapWriter w = c.heap().reserve(Words(5));
    list = w.cons(w.tuple(field, value), list);
  }
  return list;
}

BIF(ets, info, 2) {
  if (auto* w = waiting(c)) return w->done ? NativeResult(w->result) : c.wait();
  Table* t = find_table(c.arg(0));
  if (!t) return info_of_none(c);
  if (c.arg(1).same(atom::binary)) {
    Process* owner = t->unlocked() && !t->owner_pid().same(c.process.pid) ? find_process(t->owner_pid()) : nullptr;
    if (owner) return ask(c, *owner, new BinariesRequest(*t));
    Export* trap = get_export(atom::erts_internal, make_atom("ets_info_binary"), 1);
    return c.trap(trap, c.arg(0));
  }
  Term value = item(c, *t, c.arg(1));
  if (value.is_non_value()) return badarg();
  return value;
}

}  // namespace joist
