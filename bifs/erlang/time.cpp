// Clocks, dates, unique values.
#include "bifs/bif.h"
#include "vm/process/relations.h"
#include "vm/process/timestamp.h"
#include "vm/sched/time_offset_monitors.h"
#include "vm/sys/clock.h"
#include "vm/term/arith.h"

namespace joist {

namespace {

constexpr int64_t native_unit = 1000000000;  // parts of a second

// Parts a second; 0 when t is no time unit, or one too small for 64 bits.
int64_t unit_of(Term t) {
  SWord n;
  if (t.is_small()) return t.small_value() > 0 ? t.small_value() : 0;
  if (arith::to_int64(t, &n)) return n > 0 ? n : 0;
  if (t.same(atom::second) || t.same(atom::seconds)) return 1;
  if (t.same(atom::millisecond) || t.same(atom::milli_seconds)) return 1000;
  if (t.same(atom::microsecond) || t.same(atom::micro_seconds)) return 1000000;
  if (t.same(atom::nanosecond) || t.same(atom::nano_seconds)) return 1000000000;
  if (t.same(atom::native) || t.same(atom::perf_counter)) return native_unit;
  return 0;
}

// floor(ns * unit / 10^9)
NativeResult in_unit(NativeCall& c, int64_t ns, Term unit) {
  int64_t parts = unit_of(unit);
  if (parts) {
    __int128 scaled = __int128(ns) * parts;
    __int128 q = scaled / native_unit;
    if (scaled < 0 && q * native_unit != scaled) q--;
    if (q == int64_t(q)) return arith::make_integer(c.heap(), int64_t(q));
  }
  auto big = unit.as<Bignum>();
  if (!parts && !(big && !big->negative())) return badarg();
  Heap& heap = c.heap();
  Term product = *arith::multiply(heap, arith::make_integer(heap, ns), unit);
  if (ns < 0) product = *arith::subtract(heap, product, Term::small(native_unit - 1));
  return *arith::int_divide(heap, product, Term::small(native_unit));
}

Term mega_tuple(Heap& heap, int64_t us) {
  HeapWriter w = heap.reserve(Words(mega_words));
  return mega_tuple(w, us);
}

Term civil_term(Heap& heap, const sys::CivilTime& t) {
  HeapWriter w = heap.reserve(Words(4 + 4 + 3));
  Term date = w.tuple(Term::small(t.year), Term::small(t.month), Term::small(t.day));
  Term time = w.tuple(Term::small(t.hour), Term::small(t.minute), Term::small(t.second));
  return w.tuple(date, time);
}

bool valid_day(int64_t year, int64_t month, int64_t day) {
  static constexpr int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (month < 1 || month > 12 || day < 1) return false;
  bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return day <= days[month - 1] + (month == 2 && leap);
}

bool parse_civil(Term t, sys::CivilTime* out) {
  auto pair = t.as<Tuple>();
  if (!pair || pair->arity() != 2) return false;
  auto date = pair->at(0).as<Tuple>();
  auto time = pair->at(1).as<Tuple>();
  if (!date || !time || date->arity() != 3 || time->arity() != 3) return false;
  int64_t v[6];
  for (size_t i = 0; i < 3; i++) {
    if (!date->at(i).is_small() || !time->at(i).is_small()) return false;
    v[i] = date->at(i).small_value();
    v[3 + i] = time->at(i).small_value();
    if (v[i] < -2147483648LL || v[i] > 2147483647LL) return false;
  }
  if (!valid_day(v[0], v[1], v[2]) || v[3] < 0 || v[3] > 23 || v[4] < 0 || v[4] > 59 || v[5] < 0 || v[5] > 59) return false;
  *out = {int(v[0]), int(v[1]), int(v[2]), int(v[3]), int(v[4]), int(v[5]), false};
  return true;
}

// Days from 1970-01-01 in the proleptic Gregorian calendar ("chrono-Compatible Low-Level Date Algorithms", Hinnant).
int64_t days_from_civil(int64_t y, int64_t m, int64_t d) {
  y -= m <= 2;
  int64_t era = (y >= 0 ? y : y - 399) / 400;
  int64_t year = y - era * 400;
  int64_t day = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
  return era * 146097 + year * 365 + year / 4 - year / 100 + day - 719468;
}

// Where local times begin in OTP.
constexpr int first_local_year = 1902;

int64_t seconds_from_civil(const sys::CivilTime& t) {
  return days_from_civil(t.year, t.month, t.day) * 86400 + t.hour * 3600 + t.minute * 60 + t.second;
}

int64_t now_seconds() {
  int64_t ns = sys::os_system_time();
  return ns / native_unit;
}

// A volatile offset is brought up to date by those who read it.
int64_t current_offset() {
  if (sys::follow_os_system_time()) time_offset_changed();
  return sys::time_offset();
}
int64_t erlang_system_time() { return sys::monotonic_time() + current_offset(); }

}  // namespace

BIF(erlang, monotonic_time, 0) { return arith::make_integer(c.heap(), sys::monotonic_time()); }
BIF(erlang, monotonic_time, 1) { return in_unit(c, sys::monotonic_time(), c.arg(0)); }
BIF(erlang, system_time, 0) { return arith::make_integer(c.heap(), erlang_system_time()); }
BIF(erlang, system_time, 1) { return in_unit(c, erlang_system_time(), c.arg(0)); }
BIF(erlang, time_offset, 0) { return arith::make_integer(c.heap(), current_offset()); }
BIF(erlang, time_offset, 1) { return in_unit(c, current_offset(), c.arg(0)); }
BIF(erlang, timestamp, 0) { return mega_tuple(c.heap(), erlang_system_time() / 1000); }
BIF(os, system_time, 0) { return arith::make_integer(c.heap(), sys::os_system_time()); }
BIF(os, system_time, 1) { return in_unit(c, sys::os_system_time(), c.arg(0)); }
BIF(os, timestamp, 0) { return mega_tuple(c.heap(), sys::os_system_time() / 1000); }
BIF(os, perf_counter, 0) { return arith::make_integer(c.heap(), sys::os_monotonic_time()); }
BIF(erts_internal, time_unit, 0) { return arith::make_integer(c.heap(), native_unit); }
BIF(erts_internal, perf_counter_unit, 0) { return arith::make_integer(c.heap(), native_unit); }

// Strictly increasing in the VM.
BIF(erlang, now, 0) {
  current_offset();
  return mega_tuple(c.heap(), unique_now());
}

BIF(erlang, localtime, 0) {
  sys::CivilTime t;
  if (!sys::local_time(now_seconds(), &t)) return badarg();
  return civil_term(c.heap(), t);
}
BIF(erlang, universaltime, 0) {
  sys::CivilTime t;
  if (!sys::universal_time(now_seconds(), &t)) return badarg();
  return civil_term(c.heap(), t);
}
BIF(erlang, date, 0) {
  sys::CivilTime t;
  if (!sys::local_time(now_seconds(), &t)) return badarg();
  return c.heap().reserve(Words(4)).tuple(Term::small(t.year), Term::small(t.month), Term::small(t.day));
}
BIF(erlang, time, 0) {
  sys::CivilTime t;
  if (!sys::local_time(now_seconds(), &t)) return badarg();
  return c.heap().reserve(Words(4)).tuple(Term::small(t.hour), Term::small(t.minute), Term::small(t.second));
}

// Second argument: whether daylight saving time is on, or undefined.
BIF(erlang, localtime_to_universaltime, 2) {
  sys::CivilTime local, utc;
  int dst = c.arg(1).same(atom::true_) ? 1 : c.arg(1).same(atom::false_) ? 0 : c.arg(1).same(atom::undefined) ? -1 : 2;
  int64_t seconds;
  if (dst == 2 || !parse_civil(c.arg(0), &local) || local.year < first_local_year || !sys::local_to_seconds(local, dst, &seconds) ||
      !sys::universal_time(seconds, &utc))
    return badarg();
  return civil_term(c.heap(), utc);
}
BIF(erlang, universaltime_to_localtime, 1) {
  sys::CivilTime utc, local;
  if (!parse_civil(c.arg(0), &utc) || utc.year < first_local_year || !sys::local_time(seconds_from_civil(utc), &local)) return badarg();
  return civil_term(c.heap(), local);
}
BIF(erlang, universaltime_to_posixtime, 1) {
  sys::CivilTime utc;
  if (!parse_civil(c.arg(0), &utc)) return badarg();
  return arith::make_integer(c.heap(), seconds_from_civil(utc));
}
BIF(erlang, posixtime_to_universaltime, 1) {
  SWord seconds;
  sys::CivilTime utc;
  if (!arith::to_int64(c.arg(0), &seconds) || !sys::universal_time(seconds, &utc)) return badarg();
  return civil_term(c.heap(), utc);
}

BIF(erlang, unique_integer, 0) { return unique_integer(c.heap(), false, false); }
BIF(erlang, unique_integer, 1) {
  bool positive = false, monotonic = false;
  Term options = c.arg(0);
  for (; options.is_cons(); options = options.as_cons()->tail) {
    Term o = options.as_cons()->head;
    if (o.same(atom::positive)) positive = true;
    else if (o.same(atom::monotonic)) monotonic = true;
    else return badarg();
  }
  if (!options.is_nil()) return badarg();
  return unique_integer(c.heap(), positive, monotonic);
}
BIF(erlang, make_ref, 0) { return make_ref(c.heap()); }

}  // namespace joist
