// Releasing literal areas. The protocol is that of OTP's process erts_literal_area_collector, which is told `copy_literals` when there is work:
//
//   release_area_switch   makes the next area of the queue the leaving one; after a grace period every copy takes along what lies in it
//                         (gc/leaving_area.h), and true is returned. The one before it, which every process has let go of by then, is destroyed.
//   send_copy_request     asks a process to let go: messages not looked at yet are copied anew; a heap that refers to the area needs a
//                         collection. The answer is {copy_literals, {Area, How, Pid}, ok}, or need_gc in place of ok: the collector
//                         allows only some processes at a time to collect, and asks again with How = need_gc.
//
// Areas that lie side by side leave together: after many changes of persistent terms the rounds through all processes are few.
//
// A process that exits keeps no literal past the moment it leaves the process table (vm/process/exit.cpp): it need not be asked.
#include "bifs/literal_release.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "bifs/bif.h"
#include "bifs/erlang/wait_reply.h"
#include "gc/leaving_area.h"
#include "gc/literal_area.h"
#include "vm/process/collection.h"
#include "vm/sched/quiescence.h"
#include "vm/sys/lock.h"

namespace joist {

namespace {

sys::Mutex lock{sys::LockRank::Leaf};
using Areas = std::vector<LiteralArea*>;
Areas& queue() {  // lock
  static auto* areas = new Areas;
  return *areas;
}

// Only the collector process changes these.
std::atomic<Word> collector{0};                       // raw pid
std::atomic<LiteralArea*> leaving{nullptr};
std::atomic<bool> grace_is_over{true};
Areas& batch() {  // of the queue, to be taken before the next; the last first
  static auto* areas = new Areas;
  return *areas;
}

bool is_collector(const Process& p) { return p.pid.raw() == collector.load(std::memory_order_relaxed); }

// The neighbours of an area go with it.
LiteralArea* take_next() {
  Areas& areas = batch();
  if (areas.empty()) {
    {
      sys::Locked guard(lock);
      areas.swap(queue());
    }
    std::sort(areas.begin(), areas.end(), [](LiteralArea* a, LiteralArea* b) { return a->start > b->start; });
  }
  if (areas.empty()) return nullptr;
  LiteralArea* area = areas.back();
  areas.pop_back();
  while (!areas.empty() && literal_area_join(*area, *areas.back())) areas.pop_back();
  return area;
}

void end_grace(void*) {
  grace_is_over.store(true);
  if (Process* p = find_process(Term::from_raw(collector.load()))) wake_waiting(*p);
}

struct SwitchState final : NativeState {
  LiteralArea* released = nullptr;
};

// Puts copies in place of messages that refer to the area; those that a receive looked at are the heap's.
void renew_messages(Process& p, const LiteralArea& area) {
  for (Signal* m = p.messages.first; m; m = m->next) {
    p.reductions--;
    if (m->adopted || !(may_refer_to(m->payload, m->fragment, area) || may_refer_to(m->token, nullptr, area))) continue;
    MessageBuilder b(copy_size(m->payload) + copy_size(m->from) + copy_size(m->token));
    m->payload = b.copy(m->payload);
    m->from = b.copy(m->from);
    m->token = b.copy(m->token);
    HeapFragment* old = m->fragment;
    m->fragment = b.finish();
    if (old) HeapFragment::destroy_chain(old);
  }
}

struct CopyLiterals final : MessageRequest {
  bool may_collect_now;
  bool collected = false;  // before the process's next turn
  CopyLiterals(Term asker, Term id, bool collect) : MessageRequest(asker, id), may_collect_now(collect) {}
  bool run(Process& p) override {
    if (!p.may_collect || p.collecting_off) return false;
    const LiteralArea& area = *leaving.load();
    renew_messages(p, area);
    bool refers;
    if (collected) {
      refers = false;
    } else if (takes_long(p, Collection::Major)) {
      // So does the search: that is for the dirty scheduler as well.
      refers = true;
      if (may_collect_now) {
        collected = true;
        end_turn_with({.area = &area});
        return false;
      }
    } else {
      Roots roots{&p, {p.saved_x, p.saved_live}};
      p.reductions -= SWord((p.heap.heap_words() + p.heap.stack_words()) / 512 + 1);
      refers = may_refer_to(p.heap, roots, area);
      if (refers && may_collect_now) collect_process_literals(p, roots, area);
    }
    reply(refers && !may_collect_now ? make_atom("need_gc") : atom::ok, atom::copy_literals);
    return true;
  }
  void receiver_gone() override { reply(atom::ok, atom::copy_literals); }
};

}  // namespace

void release_literals(LiteralArea* area) {
  if (!area) return;
  {
    sys::Locked guard(lock);
    queue().push_back(area);
  }
  QuiescentSection section;
  if (Process* p = find_process(Term::from_raw(collector.load()))) send_message(*p, Term(), atom::copy_literals);
}

void set_literal_area_collector(Term pid) { collector.store(pid.raw()); }

BIF(erts_literal_area_collector, release_area_switch, 0) {
  if (!is_collector(c.process)) return c.error(atom::notsup);
  if (auto* s = c.state<SwitchState>()) {
    if (!grace_is_over.load()) return c.wait();
    literal_area_destroy(s->released);
    return boolean(leaving.load() != nullptr);
  }
  LiteralArea *old = leaving.load(), *next = take_next();
  if (!old && !next) return atom::false_;
  auto* s = new SwitchState;
  s->released = old;
  c.set_state(s);
  leaving.store(next);
  set_leaving_area(next);
  grace_is_over.store(false);
  retire(nullptr, end_grace);
  return c.wait();
}

BIF(erts_literal_area_collector, send_copy_request, 3) {
  if (!is_collector(c.process)) return c.error(atom::notsup);
  Term to = c.arg(0), id = c.arg(1), how = c.arg(2);
  static const Term init = make_atom("init"), check_gc = make_atom("check_gc"), need_gc = make_atom("need_gc");
  if (!to.is_local_pid() || !(how.same(init) || how.same(check_gc) || how.same(need_gc)) || !leaving.load()) return badarg();
  HeapWriter w = c.heap().reserve(Words(4));
  Term request = w.tuple(id, how, to);
  send_request(to, new CopyLiterals(c.process.pid, request, !how.same(init)), c.process.priority);
  return atom::ok;
}

}  // namespace joist
