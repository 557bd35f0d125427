// send_after/3,4, start_timer/3,4, cancel_timer/1,2, read_timer/1,2.
#include "bifs/bif.h"
#include "vm/process/relations.h"
#include "vm/process/send.h"
#include "vm/sched/timers.h"
#include "vm/sys/clock.h"
#include "vm/term/arith.h"

namespace joist {

namespace {

constexpr int64_t ms = 1000000;

NativeResult start(NativeCall& c, bool wrap, bool absolute) {
  static const Term time_cause = make_atom("time");
  SWord time;
  if (!arith::to_int64(c.arg(0), &time)) return c.badarg(time_cause);
  int64_t now = sys::monotonic_time();
  int64_t due;
  if (absolute) {
    if (time > INT64_MAX / ms || time < INT64_MIN / ms) return c.badarg(time_cause);
    due = time * ms;
  } else {
    // As in OTP: at most what a 32-bit count of … years allows; beyond that badarg.
    if (time < 0 || time > (SWord(1) << 49) || time > (INT64_MAX - now) / ms) return c.badarg(time_cause);
    due = now + time * ms;
  }
  Term target = c.arg(1);
  if (!target.is_atom() && !target.is_local_pid()) return badarg();
  Term ref = make_ref(c.heap());
  start_bif_timer(ref, target, c.arg(2), wrap, due);
  c.charge(5);
  return ref;
}

bool parse_abs(Term options, bool* absolute) {
  for (; options.is_cons(); options = options.as_cons()->tail) {
    auto t = options.as_cons()->head.as<Tuple>();
    if (!t || t->arity() != 2 || !t->at(0).same(atom::abs)) return false;
    if (t->at(1).same(atom::true_)) *absolute = true;
    else if (t->at(1).same(atom::false_)) *absolute = false;
    else return false;
  }
  return options.is_nil();
}

struct Access {
  bool async = false, info = true;
};
bool parse_access(Term options, Access* a, bool info_allowed) {
  for (; options.is_cons(); options = options.as_cons()->tail) {
    auto t = options.as_cons()->head.as<Tuple>();
    if (!t || t->arity() != 2) return false;
    bool on = t->at(1).same(atom::true_);
    if (!on && !t->at(1).same(atom::false_)) return false;
    if (t->at(0).same(atom::async)) a->async = on;
    else if (info_allowed && t->at(0).same(atom::info)) a->info = on;
    else return false;
  }
  return options.is_nil();
}

NativeResult access(NativeCall& c, const Access& a, bool cancel) {
  Term ref = c.arg(0);
  if (!is_ref(ref)) return badarg();
  int64_t left = -1;
  if (ref.is<Ref>()) left = cancel ? cancel_bif_timer(ref_key(ref)) : read_bif_timer(ref_key(ref));
  Term result = left < 0 ? atom::false_ : arith::make_integer(c.heap(), left);
  c.charge(5);
  if (!a.async) return a.info ? result : atom::ok;
  if (a.info) {
    MessageBuilder b(4 + copy_size(ref) + copy_size(result));
    Term r = b.copy(ref), v = b.copy(result);
    Term message = b.writer().tuple(cancel ? atom::cancel_timer : atom::read_timer, r, v);
    b.send(c.process, c.process.pid, message);
  }
  return atom::ok;
}

}  // namespace

BIF(erlang, send_after, 3) { return start(c, false, false); }
BIF(erlang, start_timer, 3) { return start(c, true, false); }
BIF(erlang, send_after, 4) {
  bool absolute = false;
  if (!parse_abs(c.arg(3), &absolute)) return c.badarg(atom::badopt);
  return start(c, false, absolute);
}
BIF(erlang, start_timer, 4) {
  bool absolute = false;
  if (!parse_abs(c.arg(3), &absolute)) return c.badarg(atom::badopt);
  return start(c, true, absolute);
}
BIF(erlang, cancel_timer, 1) { return access(c, {}, true); }
BIF(erlang, read_timer, 1) { return access(c, {}, false); }
BIF(erlang, cancel_timer, 2) {
  Access a;
  if (!parse_access(c.arg(1), &a, true)) return badarg();
  return access(c, a, true);
}
BIF(erlang, read_timer, 2) {
  Access a;
  if (!parse_access(c.arg(1), &a, false)) return badarg();
  return access(c, a, false);
}

}  // namespace joist
