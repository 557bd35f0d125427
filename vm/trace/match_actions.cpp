#include "vm/trace/match_actions.h"

#include <cstdio>

#include "vm/code/module.h"
#include "vm/process/process_table.h"
#include "vm/process/registry.h"
#include "vm/process/send.h"
#include "vm/term/arith.h"
#include "vm/term/print.h"

namespace joist::trace {

std::atomic<uint32_t> control_word{0};
Term (*process_dump)(Process& process) = nullptr;
Term (*change_token)(Process& process, Term item, Term value, bool test) = nullptr;

namespace {

Term caller_of(Heap& heap, const Word* return_address, bool line) {
  CodeLocation at = return_address ? locate(return_address - 1) : CodeLocation{};
  if (!at.function) return atom::undefined;
  Term module = at.instance->module, function = at.function->function, arity = Term::small(at.function->arity);
  HeapWriter w = heap.reserve(Words(5 + 3));
  Term place = line && at.line ? w.tuple(at.file, Term::small(at.line)) : atom::undefined;
  Term caller = line ? w.tuple(module, function, arity, place) : w.tuple(module, function, arity);
  heap.commit(w);
  return caller;
}

struct FlagChange {
  uint32_t set = 0, clear = 0;
  Tracer tracer;
  bool cpu_timestamp = false;
};
// A list of flags and {tracer, _}.
bool parse_flags(Term list, uint32_t* flags, FlagChange& change) {
  static const Term tracer_tag = make_atom("tracer"), cpu_timestamp = make_atom("cpu_timestamp");
  for (; list.is_cons(); list = list.as_cons()->tail) {
    Term item = list.as_cons()->head;
    if (uint32_t flag = item.is_atom() ? flag_of(item) : 0) *flags |= flag;
    else if (item.same(cpu_timestamp)) change.cpu_timestamp = true;
    else if (!Tracer::parse(tracer_tag, item, &change.tracer)) return false;
  }
  return list.is_nil();
}

// The flags change; the tracer of the process that asks, or the one named, takes over. True when anything was changed.
Term change_flags(Process& p, const FlagChange& how) {
  State* s = state_of(p);
  uint32_t before = s ? s->flags : 0;
  if (how.tracer.none()) {
    stop(p.trace);
    return boolean(before != 0);
  }
  if (!how.tracer.alive()) return {};
  bool same_tracer = s && s->tracer.same(how.tracer);
  if (s) s->tracer = how.tracer;
  change(p.trace, {how.set, how.clear, how.tracer});
  return boolean(!same_tracer || flags_of(p) != before);
}

// Another process: it changes its flags itself.
struct ChangeSignal final : RequestSignal {
  FlagChange how;
  explicit ChangeSignal(const FlagChange& h) : how(h) {}
  bool run(Process& receiver) override {
    change_flags(receiver, how);
    return true;
  }
  void receiver_gone() override {}
};

// {trace, Disable, Enable} and {trace, Pid, Disable, Enable}, {enable_trace, Flag} and so on.
Term change_trace(Process& process, Term pid, const FlagChange& how) {
  if (pid.same(process.pid)) return change_flags(process, how);
  Process* other = pid.is_local_pid() ? find_process(pid) : nullptr;
  if (!other || (!how.tracer.none() && !how.tracer.alive())) return {};
  send_signal(*other, new ChangeSignal(how));
  return atom::true_;
}
Term switch_flag(Process& process, Term pid, Term flag, bool on) {
  uint32_t bits = flag.is_atom() ? flag_of(flag) : 0;
  if (!bits) return {};
  FlagChange how{on ? bits : 0, on ? 0 : bits, state_of(process) ? state_of(process)->tracer : Tracer(), false};
  Term changed = change_trace(process, pid, how);
  return changed.is_value() ? atom::true_ : Term();
}
Term trace(Process& process, Term pid, Term disable, Term enable) {
  FlagChange how;
  if (state_of(process)) how.tracer = state_of(process)->tracer;
  if (!parse_flags(disable, &how.clear, how) || !parse_flags(enable, &how.set, how) || how.cpu_timestamp) return {};
  return change_trace(process, pid, how);
}

// A process by pid or registered name.
Term pid_of(Term t) { return t.is_atom() ? whereis(t) : t; }

bool has_token(const Process& p) { return p.sequence_token.is<Tuple>(); }

void silence(Process& p, Term on) {
  State* s = state_of(p);
  if (!s) return;
  if (on.same(atom::true_)) s->flags |= flag_silent;
  else if (on.same(atom::false_)) s->flags &= ~flag_silent;
}

}  // namespace

Term MatchActions::perform(Kind kind, Process& process, const Term* args, size_t count) {
  switch (kind) {
    case Kind::ReturnTrace: return_trace = true; return atom::true_;
    case Kind::ExceptionTrace: exception_trace = true; return atom::true_;
    case Kind::Message: return atom::true_;  // the executor's own
    case Kind::Display:
      std::printf("%s\n", print_term(args[0]).c_str());
      std::fflush(stdout);
      return atom::true_;
    case Kind::ProcessDump: return process_dump ? process_dump(process) : Term();
    case Kind::EnableTrace:
    case Kind::DisableTrace: {
      bool on = kind == Kind::EnableTrace;
      return count == 1 ? switch_flag(process, process.pid, args[0], on) : switch_flag(process, pid_of(args[0]), args[1], on);
    }
    case Kind::Trace:
      return count == 2 ? trace(process, process.pid, args[0], args[1]) : trace(process, pid_of(args[0]), args[1], args[2]);
    case Kind::Caller: return caller_of(process.heap, caller, false);
    case Kind::CallerLine: return caller_of(process.heap, caller, true);
    case Kind::Silent:
      if (!test) silence(process, args[0]);
      return atom::true_;
    case Kind::IsSeqTrace: return boolean(has_token(process));
    case Kind::GetSeqToken: return has_token(process) ? process.sequence_token : nil;
    case Kind::SetSeqToken: return change_token ? change_token(process, args[0], args[1], test) : Term();
    case Kind::GetTcw: return Term::small(control_word.load(std::memory_order_relaxed));
    case Kind::SetTcw: {
      if (!args[0].is_small() || args[0].small_value() < 0 || args[0].small_value() > UINT32_MAX) return {};
      if (test) return Term::small(control_word.load(std::memory_order_relaxed));
      return Term::small(control_word.exchange(uint32_t(args[0].small_value()), std::memory_order_relaxed));
    }
  }
  UNREACHABLE();
}

}  // namespace joist::trace
