#include "vm/process/timestamp.h"

#include "vm/sys/clock.h"
#include "vm/term/atom.h"
#include "vm/term/arith.h"

namespace joist {

std::atomic<uint64_t> monotonic_unique_count{0};

Term unique_integer(Heap& heap, bool positive, bool monotonic) {
  // The two kinds count separately; positive ones are the same values shifted above 0.
  static std::atomic<uint64_t> unique_count{0};
  Word n = (monotonic ? monotonic_unique_count : unique_count).fetch_add(1, std::memory_order_relaxed);
  constexpr Word below_zero = Word(-min_monotonic_unique);
  if (positive) return arith::make_unsigned(heap, n + 1);
  if (n < below_zero) return arith::make_integer(heap, SWord(n) + min_monotonic_unique);
  return arith::make_unsigned(heap, n - below_zero);
}

int64_t unique_now() {
  static std::atomic<int64_t> last_now{0};
  int64_t us = sys::system_time() / 1000;
  int64_t last = last_now.load(std::memory_order_relaxed), next;
  do next = us > last ? us : last + 1;
  while (!last_now.compare_exchange_weak(last, next, std::memory_order_relaxed));
  return next;
}

Term mega_tuple(HeapWriter& w, int64_t us) {
  return w.tuple(Term::small(us / 1000000000000), Term::small(us / 1000000 % 1000000), Term::small(us % 1000000));
}

Term write_timestamp(HeapWriter& w, Timestamp kind) {
  switch (kind) {
    case Timestamp::None: break;
    case Timestamp::Now: return mega_tuple(w, unique_now());
    case Timestamp::Cpu: return mega_tuple(w, sys::process_cpu_time() / 1000);
    case Timestamp::Monotonic: return arith::write_integer(w, sys::monotonic_time());
    case Timestamp::StrictMonotonic: {
      Term time = arith::write_integer(w, sys::monotonic_time());
      SWord n = SWord(monotonic_unique_count.fetch_add(1, std::memory_order_relaxed)) + min_monotonic_unique;
      return w.tuple(time, arith::write_integer(w, n));
    }
  }
  return atom::undefined;
}

}  // namespace joist
