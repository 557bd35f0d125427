#include "vm/process/suspend.h"

#include "vm/process/send.h"

namespace joist {

namespace {

struct Resume final : RequestSignal {
  uint32_t count = 1;
  bool run(Process& p) override {
    for (uint32_t i = 0; i < count; i++) resume_self(p);
    return true;
  }
  void receiver_gone() override {}
};

}  // namespace

void send_resume(Process& to, uint32_t count) {
  auto* s = new Resume;
  s->count = count;
  send_signal(to, s);
}

}  // namespace joist
