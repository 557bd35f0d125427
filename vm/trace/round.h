// Something that several processes do, each on the thread that runs it, when the signal that asks for it has its turn.
#pragma once
#include <memory>

#include "vm/process/process.h"

namespace joist::trace {

class Round {
 public:
  // asker: local pid, who is woken at the end; or the non-value.
  explicit Round(Term asker) : asker_(asker) {}
  virtual ~Round() = default;
  // False: not done.
  virtual bool act(Process& process) = 0;
  // The last has answered.
  virtual void end();

  // Asks a process. Before sent_all().
  static void ask(const std::shared_ptr<Round>& round, Process& to, Priority sender);
  // The calling thread's own process need not be asked.
  void answered_by(Process& process) {
    if (act(process)) count_.fetch_add(1, std::memory_order_relaxed);
  }
  // Somebody else, who is asked by other means, will answer.
  void expect() { waiting_.fetch_add(1, std::memory_order_relaxed); }
  // All have been asked.
  void sent_all() { answered(false); }
  void answered(bool done);
  bool ended() const { return waiting_.load(std::memory_order_acquire) == 0; }
  // Those that did so.
  size_t count() const { return count_.load(std::memory_order_relaxed); }

 protected:
  Term asker_;

 private:
  std::atomic<size_t> waiting_{1};  // answers, and sent_all()
  std::atomic<size_t> count_{0};
};

}  // namespace joist::trace
