// The sampling profiler: which Erlang functions the schedulers' CPU time goes to. `joist run --profile FILE`.
#pragma once
#include <atomic>
#include <string>

namespace joist {

struct Process;

// Before the node starts: its schedulers are sampled, and FILE is written when it halts.
void start_sampler(std::string file);
// Ends sampling and writes the file, if there is one to write: flame graph data in the format of speedscope (https://www.speedscope.app). False when it cannot
// be written; errno says why.
bool write_samples();

namespace detail {
inline std::atomic<bool> sampling{false};
void begin_sampled(Process& process, const void* c_stack);
void end_sampled();
}  // namespace detail

// While the machine runs a process.
class [[nodiscard]] Sampled {
 public:
  explicit Sampled(Process& process) : on_(detail::sampling.load(std::memory_order_relaxed)) {
    if (on_) [[unlikely]] detail::begin_sampled(process, this);
  }
  ~Sampled() {
    if (on_) [[unlikely]] detail::end_sampled();
  }
  Sampled(const Sampled&) = delete;
  Sampled& operator=(const Sampled&) = delete;

 private:
  bool on_;
};

}  // namespace joist
