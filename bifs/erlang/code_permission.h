// Natives that change code: one process at a time.
#pragma once
#include "bifs/bif.h"
#include "vm/code/code.h"

namespace joist {

// Held (or waited for) until the native ends.
struct PermissionState : NativeState {
  Term pid;
  bool cut = false;  // code_purge.cpp: waits for a grace period
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

}  // namespace joist
