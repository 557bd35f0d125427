// Schedulers without a machine: run_process is a C++ function here.
#include "vm/sched/scheduler.h"

#include <catch2/catch.hpp>
#include <thread>

#include "gc/literal_area.h"
#include "vm/process/process_table.h"
#include "vm/process/receive.h"
#include "vm/process/relations.h"
#include "vm/process/send.h"
#include "vm/process/spawn.h"
#include "vm/sched/dirty.h"
#include "vm/sched/machine_hooks.h"
#include "vm/sched/quiescence.h"
#include "vm/sched/timers.h"
#include "vm/sys/clock.h"
#include "vm/sys/threads.h"

using namespace joist;

namespace {

// What a test process does is chosen by its initial_arity.
enum Role : uint32_t { Ponger = 1, Pinger, Sleeper, Spinner, Linked, Victim, Spawner, DirtyOne };
std::atomic<uint64_t> pongs{0}, sleeps{0}, spins{0}, downs{0}, spawned{0}, dirtied{0};
NativeEntry dirty_entry{"t", "dirty", 0, NativeKind::DirtyCpu, nullptr, {}, {}, nullptr};

Process* spawn_role(Process* parent, Role role, SpawnOptions o = {}) {
  o.module = o.function = atom::ok;
  o.args = nil;
  o.arity = role;
  return spawn_process(parent, o);
}

RunOutcome finish(Process& p, Term reason) {
  p.exit_reason = reason;
  return RunOutcome::Exited;
}

RunOutcome run(Process& p) {
  Term m;
  switch (p.initial_arity) {
    case Ponger:
      for (;;) {
        switch (peek_message(p, &m)) {
          case Received::Stop: return stop_outcome(p);
          case Received::Empty: return RunOutcome::Wait;
          case Received::Message: break;
        }
        if (m.same(atom::kill)) return finish(p, atom::normal);
        Term from = m.as<Tuple>()->at(0), n = m.as<Tuple>()->at(1);
        if (Process* to = find_process(from)) {
          MessageBuilder b(3);
          Term reply = b.writer().tuple(p.pid, n);
          b.send(*to, p.pid, reply);
        }
        remove_message(p);
        if (--p.reductions <= 0) return RunOutcome::Yield;
      }
    case Pinger: {  // saved_x[0]: the ponger; [1]: how many are left
      for (;;) {
        switch (peek_message(p, &m)) {
          case Received::Stop: return stop_outcome(p);
          case Received::Empty: return RunOutcome::Wait;
          case Received::Message: break;
        }
        Term peer = m.as<Tuple>()->at(0);
        SWord n = m.as<Tuple>()->at(1).small_value();
        remove_message(p);
        pongs++;
        if (n == 0) return finish(p, atom::normal);
        MessageBuilder b(3);
        Term ask = b.writer().tuple(p.pid, Term::small(n - 1));
        b.send(*find_process(peer), p.pid, ask);
        if (--p.reductions <= 0) return RunOutcome::Yield;
      }
    }
    case Sleeper:
      if (receive_timed_out(p)) {
        sleeps++;
        return finish(p, atom::normal);
      }
      switch (peek_message(p, &m)) {
        case Received::Stop: return stop_outcome(p);
        case Received::Message: stop_receive_timer(p); return finish(p, atom::normal);
        case Received::Empty: break;
      }
      if (!p.receive_timer) start_receive_timer(p, 1 + p.pid.pid_number() % 20);
      return RunOutcome::Wait;
    case Spinner:
      p.reductions = 0;
      if (++spins > 20000) return finish(p, atom::normal);
      return RunOutcome::Yield;
    case Linked:
      p.trap_exit = true;
      for (;;) {
        switch (peek_message(p, &m)) {
          case Received::Stop: return stop_outcome(p);
          case Received::Empty: return RunOutcome::Wait;
          case Received::Message: break;
        }
        remove_message(p);
        if (++downs % 4000 == 0) return finish(p, atom::normal);
      }
    case Victim: return finish(p, atom::error);
    case Spawner:
      for (int i = 0; i < 50; i++)
        if (spawn_role(&p, Victim)) spawned++;
      p.reductions = 0;
      if (spawned > 100000) return finish(p, atom::normal);
      return RunOutcome::Yield;
    case DirtyOne:
      p.seldom().dirty_native = &dirty_entry;
      return RunOutcome::Dirty;
  }
  return finish(p, atom::normal);
}

struct TestDirtyCall final : DirtyCall {
  RunOutcome call() override {
    dirtied++;
    return RunOutcome::Yield;
  }
  void finish(Process& p) override { p.initial_arity = 0; }
};

bool eventually(bool (*done)()) {
  for (int i = 0; i < 30000; i++) {
    if (done()) return true;
    sys::sleep_thread(1000000);
  }
  return false;
}

struct Machine {
  Machine(uint32_t n) {
    static bool once = [] {
      init_literals();
      sys::init_clock();
      return true;
    }();
    (void)once;
    machine_hooks.run_process = run;
    machine_hooks.prepare_dirty_call = [](Process&) -> DirtyCall* { return new TestDirtyCall; };
    SchedulerOptions o;
    o.schedulers = n;
    o.dirty_io = 2;
    o.process_limit = 1 << 16;
    init_schedulers(o);
    start_schedulers();
  }
  ~Machine() { stop_schedulers(); }
};

}  // namespace

TEST_CASE("schedulers: messages, timers, links, monitors, dirty natives", "[sched]") {
  Machine machine(3);
  pongs = sleeps = spins = downs = spawned = dirtied = 0;
  {
    QuiescentSection section;
    for (int i = 0; i < 8; i++) {
      Process* pong = spawn_role(nullptr, Ponger);
      Process* ping = spawn_role(nullptr, Pinger);
      MessageBuilder b(3);
      Term first = b.writer().tuple(pong->pid, Term::small(9999));
      b.send(*ping, Term(), first);
    }
  }
  REQUIRE(eventually([] { return pongs == 80000; }));
  {
    QuiescentSection section;
    for (int i = 0; i < 1000; i++) REQUIRE(spawn_role(nullptr, Sleeper));
  }
  REQUIRE(eventually([] { return sleeps == 1000; }));
  {
    QuiescentSection section;
    for (int i = 0; i < 4; i++) spawn_role(nullptr, Spinner);
    for (int i = 0; i < 100; i++) spawn_role(nullptr, DirtyOne);
    spawn_role(nullptr, Spawner);
    spawn_role(nullptr, Spawner);
  }
  REQUIRE(eventually([] { return spins > 20000 && dirtied == 100 && spawned > 100000; }));
  REQUIRE(eventually([] { return process_count() == 8; }));  // the pongers
  {
    QuiescentSection section;
    Process* watcher = spawn_role(nullptr, Linked);
    for (int i = 0; i < 2000; i++) {
      Process* victim = spawn_role(nullptr, Ponger);
      Signal* link = new Signal;
      link->kind = SignalKind::Link;
      link->from = victim->pid;
      send_signal(*watcher, link);
      link = new Signal;
      link->kind = SignalKind::Link;
      link->from = watcher->pid;
      send_signal(*victim, link);
      auto* m = new MonitorSignal;
      m->kind = SignalKind::Monitor;
      m->from = watcher->pid;
      RefKey key{Word(i), 77};
      m->ref = key;
      send_signal(*victim, m);
      struct Add : RequestSignal {
        RefKey key;
        bool run(Process& p) override {
          HeapWriter w = p.heap.reserve(Words(ref_words));
          add_monitor(p, write_ref(w, key), MonitorType::Process, atom::ok, Term(), Term(), Term());
          return true;
        }
        void receiver_gone() override {}
      };
      auto* add = new Add;
      add->key = key;
      send_signal(*watcher, add);
      send_exit(*victim, Term(), atom::kill);
    }
  }
  REQUIRE(eventually([] { return downs == 4000; }));
  REQUIRE(eventually([] { return process_count() == 8; }));
  // Whoever goes offline last frees what is left: a scheduler that parks, or this thread.
  REQUIRE(eventually([] { return retired_count() == 0; }));
}

TEST_CASE("retired objects are freed by the last thread that leaves its section", "[sched]") {
  static int freed;
  freed = 0;
  {
    QuiescentSection section;
    retire(&freed, [](void* again) {
      // What a function retires is freed as well.
      if (++freed < 10) retire(again, [](void*) { freed++; });
    });
    CHECK(freed == 0);
  }
  CHECK(freed == 2);
}

TEST_CASE("schedulers: offline ones give their work away, blocked ones stand still", "[sched]") {
  Machine machine(3);
  spins = 0;
  {
    QuiescentSection section;
    for (int i = 0; i < 40; i++) spawn_role(nullptr, Spinner);
  }
  for (uint32_t n : {1u, 3u, 2u, 1u, 3u}) {
    set_schedulers_online(n);
    CHECK(eventually([] {
      for (uint32_t i = schedulers_online(); i < scheduler_count(); i++)
        if (scheduler(i + 1).queue.length() || scheduler(i + 1).current.load()) return false;
      return true;
    }));
  }
  REQUIRE(eventually([] { return spins > 20000 && process_count() == 0; }));
}
