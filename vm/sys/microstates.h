// Microstate accounting: what each thread of the VM spends its time with. Off until system_flag(microstate_accounting, true); then a
// change of state costs a clock read.
#pragma once
#include <atomic>
#include <cstdint>

namespace joist::sys {

enum class Microstate : uint8_t { Aux, CheckIo, Emulator, Gc, Other, Port, Sleep, count };
inline constexpr size_t microstate_count = size_t(Microstate::count);
// The names of OTP's counters, in this order.
inline constexpr const char* microstate_names[microstate_count] = {"aux", "check_io", "emulator", "gc", "other", "port", "sleep"};

// Of one thread. Never freed: threads of the VM live as long as it.
struct alignas(64) Microstates {
  const char* type;          // scheduler, dirty_cpu_scheduler, dirty_io_scheduler, poll
  uint32_t id;
  std::atomic<uint64_t> nanoseconds[microstate_count] = {};  // written by the thread
  std::atomic<Microstate> now{Microstate::Other};            // written by the thread
  std::atomic<int64_t> since{0};                             // written by the thread; 0: nothing is being measured
  Microstates* next = nullptr;
  Microstates(const char* t, uint32_t i) : type(t), id(i) {}
};

namespace detail {
inline std::atomic<bool> microstates_on{false};
extern thread_local Microstates* own_microstates;
void switch_microstate(Microstate to);
}  // namespace detail

// An account for a thread that may start later: it sleeps until then.
Microstates* open_account(const char* type, uint32_t id);
// It is the calling thread's.
void take_account(Microstates* account);
inline void account_for_thread(const char* type, uint32_t id) { take_account(open_account(type, id)); }
// The calling thread is in another state from now on.
inline void enter_microstate(Microstate to) {
  if (detail::microstates_on.load(std::memory_order_relaxed)) [[unlikely]] detail::switch_microstate(to);
}

// In a state for a scope, then in the one from before.
class [[nodiscard]] InMicrostate {
 public:
  explicit InMicrostate(Microstate state) {
    if (detail::microstates_on.load(std::memory_order_relaxed)) [[unlikely]] enter(state);
  }
  ~InMicrostate() {
    if (entered_) [[unlikely]] detail::switch_microstate(before_);
  }
  InMicrostate(const InMicrostate&) = delete;
  InMicrostate& operator=(const InMicrostate&) = delete;

 private:
  void enter(Microstate state);
  bool entered_ = false;
  Microstate before_ = Microstate::Other;
};

bool microstates_measured();
// Of the calling thread, while they are measured. May be called by a signal handler.
Microstate current_microstate();
// Off or on; the counters stay.
void measure_microstates(bool on);
void reset_microstates();
// Nanoseconds in a state so far, that of now included.
uint64_t microstate_time(const Microstates& thread, Microstate state);
void for_each_accounted_thread(void (*f)(Microstates& thread, void* argument), void* argument);

}  // namespace joist::sys
