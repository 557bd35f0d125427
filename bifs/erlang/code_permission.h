// Natives that change code: one process at a time.
#pragma once
#include <atomic>
#include <memory>

#include "bifs/bif.h"
#include "vm/code/code.h"

namespace joist {

// Held (or waited for) until the native ends.
struct PermissionState : NativeState {
  Term pid;
  std::shared_ptr<std::atomic<bool>> grace;  // is it over? Null: none was asked for
  ~PermissionState() override { code_permission_release(pid); }
};

// True: the caller may change code until the native returns. False: return c.wait().
inline bool may_change_code(NativeCall& c) {
  if (!c.state<PermissionState>()) {
    auto* state = new PermissionState;
    state->pid = c.process.pid;
    c.set_state(state);
  }
  return code_permission_try(c.process.pid);
}

// After may_change_code: true once everybody has ended a turn that was under way when this was asked first. False: return c.wait().
bool grace_has_passed(NativeCall& c);

}  // namespace joist
