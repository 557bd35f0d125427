#include "vm/trace/round.h"

#include "vm/process/process_table.h"
#include "vm/process/send.h"

namespace joist::trace {

namespace {

struct Request final : RequestSignal {
  std::shared_ptr<Round> round;
  explicit Request(std::shared_ptr<Round> r) : round(std::move(r)) {}
  bool run(Process& p) override {
    round->answered(round->act(p));
    return true;
  }
  void receiver_gone() override { round->answered(false); }
};

}  // namespace

void Round::end() {
  if (!asker_.is_value()) return;
  if (Process* p = find_process(asker_)) wake_waiting(*p);
}

void Round::ask(const std::shared_ptr<Round>& round, Process& to, Priority sender) {
  round->waiting_.fetch_add(1, std::memory_order_relaxed);
  send_signal_as(to, new Request(round), sender);
}

void Round::answered(bool done) {
  if (done) count_.fetch_add(1, std::memory_order_relaxed);
  if (waiting_.fetch_sub(1, std::memory_order_acq_rel) == 1) end();
}

}  // namespace joist::trace
