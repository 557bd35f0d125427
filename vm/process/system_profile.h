// erlang:system_profile/2: a process or port is told when processes, ports and schedulers become active and inactive. What is not
// asked for costs a load and a branch.
//
// An event is sent by the thread that makes the change, before anybody else can make the next one of the same process or port; so
// they come in order, each active followed by an inactive. The one who is told is never told of itself.
#pragma once
#include "vm/process/process.h"
#include "vm/process/timestamp.h"

namespace joist {

struct SystemProfile {
  std::atomic<Word> receiver{0};  // raw local pid or port; 0: off
  std::atomic<bool> processes{false}, ports{false}, schedulers{false};
  std::atomic<bool> exclusive{false};  // a process that calls a port is inactive meanwhile
  std::atomic<Timestamp> timestamp{Timestamp::Now};
  std::atomic<size_t> active_schedulers{0};
  // To a receiver that is a port; set by those above. The message is copied.
  void (*tell_port)(Term port, Term message) = nullptr;
};
inline SystemProfile system_profile;

namespace profile {
// {profile, Id, active | inactive, Where, Timestamp}; the calling thread alone may touch the process.
void process_event(const Process& process, bool active);
void port_event(Term port, bool active);
// {profile, scheduler, Number, active | inactive, Active, Timestamp}
void scheduler_event(size_t number, bool active);
}  // namespace profile

inline void profile_process(const Process& p, bool active) {
  if (system_profile.processes.load(std::memory_order_relaxed)) [[unlikely]] profile::process_event(p, active);
}
inline void profile_port(Term port, bool active) {
  if (system_profile.ports.load(std::memory_order_relaxed)) [[unlikely]] profile::port_event(port, active);
}
inline void profile_scheduler(size_t number, bool active) {
  if (system_profile.schedulers.load(std::memory_order_relaxed)) [[unlikely]] profile::scheduler_event(number, active);
}

// A process's call of a port's operation, for `exclusive`.
class [[nodiscard]] ProfiledPortCall {
 public:
  explicit ProfiledPortCall(const Process& p)
      : process_(system_profile.exclusive.load(std::memory_order_relaxed) ? &p : nullptr) {
    if (process_) [[unlikely]] profile_process(*process_, false);
  }
  ~ProfiledPortCall() {
    if (process_) [[unlikely]] profile_process(*process_, true);
  }
  ProfiledPortCall(const ProfiledPortCall&) = delete;
  ProfiledPortCall& operator=(const ProfiledPortCall&) = delete;

 private:
  const Process* process_;
};

}  // namespace joist
