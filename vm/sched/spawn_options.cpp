// Options are read as a whole before anything is made, so a call with a bad one does nothing.
#include "vm/sched/spawn_options.h"

#include "vm/process/relations.h"
#include "vm/sched/scheduler.h"
#include "vm/term/map.h"

namespace joist {

bool parse_max_heap(Term t, uint64_t* size, bool* kill, bool* log) {
  *kill = spawn_defaults.max_heap_kill.load(std::memory_order_relaxed);
  *log = spawn_defaults.max_heap_log.load(std::memory_order_relaxed);
  if (t.is_small() && t.small_value() >= 0) {
    *size = uint64_t(t.small_value());
    return *size == 0 || *size >= 233;
  }
  if (!is_map(t)) return false;
  Term s = map::get(t, atom::size), k = map::get(t, atom::kill), l = map::get(t, atom::error_logger);
  if (!s.is_value() || !s.is_small() || s.small_value() < 0) return false;
  *size = uint64_t(s.small_value());
  if (k.is_value()) {
    if (!k.same(atom::true_) && !k.same(atom::false_)) return false;
    *kill = k.same(atom::true_);
  }
  if (l.is_value()) {
    if (!l.same(atom::true_) && !l.same(atom::false_)) return false;
    *log = l.same(atom::true_);
  }
  return *size == 0 || *size >= 233;
}

namespace {
uint32_t least_size(SWord words, uint32_t least, size_t (*next)(size_t)) {
  constexpr SWord most = INT32_MAX;
  return words <= SWord(least) ? least : uint32_t(next(size_t(words < most ? words : most)));
}
}  // namespace

uint32_t least_heap_size(SWord words) { return least_size(words, spawn_defaults.min_heap.load(), next_heap_size); }
uint32_t least_virtual_heap_size(SWord words) {
  return least_size(words, spawn_defaults.min_virtual_heap.load(), next_virtual_heap_size);
}

bool parse_priority(Term t, Priority* out) {
  if (t.same(atom::normal)) *out = Priority::Normal;
  else if (t.same(atom::low)) *out = Priority::Low;
  else if (t.same(atom::high)) *out = Priority::High;
  else if (t.same(atom::max)) *out = Priority::Max;
  else return false;
  return true;
}

bool parse_monitor_options(Term list, Term* tag, bool* is_alias, uint8_t* mode) {
  for (; list.is_cons(); list = list.as_cons()->tail) {
    auto t = list.as_cons()->head.as<Tuple>();
    if (!t || t->arity() != 2) return false;
    if (t->at(0).same(atom::tag)) {
      *tag = t->at(1);
    } else if (t->at(0).same(atom::alias)) {
      *is_alias = true;
      Term m = t->at(1);
      if (m.same(atom::explicit_unalias)) *mode = uint8_t(AliasMode::Explicit);
      else if (m.same(atom::demonitor)) *mode = uint8_t(AliasMode::Demonitor);
      else if (m.same(atom::reply_demonitor)) *mode = uint8_t(AliasMode::ReplyDemonitor);
      else return false;
    } else {
      return false;
    }
  }
  return list.is_nil();
}

bool parse_reply_option(Term value, SpawnReply* reply) {
  bool all = value.same(atom::yes), none = value.same(atom::no);
  bool success = value.same(atom::success_only), error = value.same(atom::error_only);
  if (!all && !none && !success && !error) return false;
  reply->on_success = all || success;
  reply->on_error = all || error;
  return true;
}

bool parse_spawn_options(Term list, SpawnOptions* o, SpawnReply* reply) {
  for (; list.is_cons(); list = list.as_cons()->tail) {
    Term option = list.as_cons()->head;
    if (option.same(atom::link)) {
      o->link = true;
      continue;
    }
    if (option.same(atom::monitor)) {
      o->monitor = true;
      o->monitor_is_alias = false;
      o->monitor_tag = Term();
      continue;
    }
    auto t = option.as<Tuple>();
    if (!t || t->arity() != 2) return false;
    Term key = t->at(0), value = t->at(1);
    bool natural = value.is_small() && value.small_value() >= 0;
    if (key.same(atom::monitor)) {
      o->monitor = true;
      if (!parse_monitor_options(value, &o->monitor_tag, &o->monitor_is_alias, &o->alias_mode)) return false;
    } else if (key.same(atom::priority)) {
      if (!parse_priority(value, &o->priority)) return false;
    } else if (key.same(atom::message_queue_data)) {
      o->messages_given = true;
      o->off_heap_messages = value.same(atom::off_heap);
      if (!o->off_heap_messages && !value.same(atom::on_heap)) return false;
    } else if (key.same(atom::min_heap_size)) {
      if (!natural || value.small_value() > (SWord(1) << 31)) return false;
      o->min_heap = least_heap_size(value.small_value());
    } else if (key.same(atom::min_bin_vheap_size)) {
      if (!natural || value.small_value() > (SWord(1) << 31)) return false;
      o->min_virtual_heap = uint32_t(value.small_value());
    } else if (key.same(atom::max_heap_size)) {
      o->max_heap_given = true;
      if (!parse_max_heap(value, &o->max_heap, &o->max_heap_kill, &o->max_heap_log)) return false;
    } else if (key.same(atom::fullsweep_after)) {
      if (!natural) return false;
      o->fullsweep_after = value.small_value() > 65535 ? 65535 : int32_t(value.small_value());
    } else if (key.same(atom::scheduler)) {
      if (!natural || value.small_value() > SWord(scheduler_count())) return false;
      o->scheduler = uint16_t(value.small_value());
    } else if (reply && key.same(atom::reply)) {
      if (!parse_reply_option(value, reply)) return false;
    } else if (reply && key.same(atom::reply_tag)) {
      reply->tag = value;
    } else {
      return false;
    }
  }
  return list.is_nil();
}

}  // namespace joist
