// What one process has another do between two steps of its code: collect, check for old code; suspend and resume.
#include "bifs/bif.h"
#include "bifs/erlang/wait_reply.h"
#include "vm/process/collection.h"
#include "vm/process/hooks.h"
#include "vm/process/relations.h"
#include "vm/process/suspend.h"
#include "vm/sched/spawn_options.h"

namespace joist {

namespace {

// False: it takes long, and the caller's turn or signal is to end; it is made meanwhile.
bool collect_garbage(Process& p, Term* live, size_t count, Term how) {
  Collection kind = how.same(atom::minor) ? Collection::Wanted : Collection::Major;
  if (takes_long(p, kind)) {
    end_turn_with({kind});
    return false;
  }
  Roots roots{&p, {live, count}};
  p.state.fetch_or(process_state::Collecting, std::memory_order_relaxed);
  collect_process(p, roots, Words(0), kind);
  p.state.fetch_and(~uint32_t(process_state::Collecting), std::memory_order_relaxed);
  return true;
}

// Answers with the message {Kind, Id, Result}.
struct SystemTask final : MessageRequest {
  Term task;      // garbage_collect, check_process_code, system_task_test
  Term argument;  // major or minor; module; boolean
  bool collected = false;  // before the process's next turn
  using MessageRequest::MessageRequest;
  // A task that does nothing: what its answers show is in which order tasks are done.
  static Term nothing() {
    static const Term name = make_atom("system_task_test");
    return name;
  }
  void answer(Term result) { reply(result, task); }
  bool run(Process& p) override {
    if (task.same(atom::check_process_code)) {
      // Looks at the stack and the next instruction, so the process must be at rest.
      if (!p.may_collect && !(p.load_state() & process_state::Dirty)) return false;
      answer(boolean(process_hooks.refers_to_old_code && process_hooks.refers_to_old_code(p, argument)));
      return true;
    }
    if (task.same(nothing())) {
      answer(atom::true_);
      return true;
    }
    if (!p.may_collect || p.collecting_off) return false;
    if (!collected && !collect_garbage(p, p.saved_x, p.saved_live, argument)) {
      collected = true;
      return false;
    }
    answer(atom::true_);
    return true;
  }
  void receiver_gone() override { answer(atom::false_); }
};

NativeResult request(NativeCall& c, Term requester, Term target, Term prio, Term request) {
  static const Term inherit = make_atom("inherit");
  Priority priority = c.process.priority;
  if (!requester.is_local_pid() || !target.is_local_pid()) return badarg();
  if (!prio.same(inherit) && !parse_priority(prio, &priority)) return badarg();
  auto t = request.as<Tuple>();
  if (!t || t->arity() < 2 || t->arity() > 3 || !t->at(0).is_atom()) return badarg();
  Term task = t->at(0);
  bool collecting = task.same(atom::garbage_collect);
  bool checking = task.same(atom::check_process_code);
  if (!collecting && !checking && !task.same(SystemTask::nothing())) return badarg();
  if (checking && t->arity() != 3) return badarg();
  Term argument = t->arity() == 3 ? t->at(2) : atom::major;
  if (collecting && !argument.same(atom::major) && !argument.same(atom::minor)) return badarg();
  if (!argument.is_atom()) return badarg();
  auto* s = new SystemTask(requester, t->at(1));
  s->task = task;
  s->argument = argument;
  send_request(target, s, priority);
  return atom::ok;
}

}  // namespace

BIF(erts_internal, request_system_task, 3) { return request(c, c.process.pid, c.arg(0), c.arg(1), c.arg(2)); }
BIF(erts_internal, request_system_task, 4) { return request(c, c.arg(0), c.arg(1), c.arg(2), c.arg(3)); }

// The collection is made between the two calls.
struct Collected final : NativeState {};

BIF(erts_internal, garbage_collect, 1) {
  if (c.state<Collected>()) return atom::true_;
  if (!c.arg(0).same(atom::major) && !c.arg(0).same(atom::minor)) return badarg();
  if (collect_garbage(c.process, c.args, 1, c.arg(0))) return atom::true_;
  c.set_state(new Collected);
  return c.again();
}

namespace {

struct SuspendRequest final : AskRequest {
  SuspendRequest() { gone = atom::false_; }
  Term answer(Process& p) override {
    suspend_self(p);
    return atom::true_;
  }
};

// Asynchronous: nobody waits; with a tag, {Tag, suspended | exited} is sent.
struct AsyncSuspend final : MessageRequest {
  using MessageRequest::MessageRequest;
  bool run(Process& p) override {
    suspend_self(p);
    reply(atom::suspended);
    return true;
  }
  void receiver_gone() override { reply(atom::exited); }
};

}  // namespace

BIF(erts_internal, suspend_process, 2) {
  Process& self = c.process;
  if (auto* w = waiting(c)) {
    if (!w->done) return c.wait();
    if (w->result.same(atom::false_)) {  // it was gone
      if (Suspension* s = relations_of(self).suspended.find(pid_key(c.arg(0)))) {
        self.relations->suspended.remove(s);
        delete s;
      }
      return atom::badarg;
    }
    return w->result;
  }
  Term pid = c.arg(0), options = c.arg(1);
  bool unless = false, async = false;
  Term tag;
  for (; options.is_cons(); options = options.as_cons()->tail) {
    Term o = options.as_cons()->head;
    auto t = o.as<Tuple>();
    if (o.same(atom::unless_suspending)) unless = true;
    else if (o.same(atom::asynchronous)) async = true;
    else if (t && t->arity() == 2 && t->at(0).same(atom::asynchronous)) async = true, tag = t->at(1);
    else return atom::badarg;
  }
  if (!options.is_nil() || !pid.is_local_pid() || pid.same(self.pid)) return atom::badarg;
  Process* p = find_process(pid);
  if (!p) return atom::badarg;
  Suspension* s = relations_of(self).suspended.find(pid_key(pid));
  if (s && unless) return atom::false_;
  if (!s) {
    s = new Suspension;
    s->key = pid_key(pid);
    s->pid = pid;
    self.relations->suspended.insert(s);
  }
  s->count++;
  if (async) {
    send_signal(*p, new AsyncSuspend(self.pid, tag));
    return atom::true_;
  }
  return ask(c, *p, new SuspendRequest);
}

BIF(erlang, resume_process, 1) {
  Term pid = c.arg(0);
  Relations* r = c.process.relations;
  Suspension* s = pid.is_local_pid() && r ? r->suspended.find(pid_key(pid)) : nullptr;
  if (!s) return badarg();
  if (--s->count == 0) {
    r->suspended.remove(s);
    delete s;
  }
  if (Process* p = find_process(pid)) send_resume(*p, 1);
  return atom::true_;
}

}  // namespace joist
