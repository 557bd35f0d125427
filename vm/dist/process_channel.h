// Processes that carry the packets of a connection (OTP: erts, "How to Implement an Alternative Carrier for the Erlang Distribution"). The
// controller asks to be told, by the message dist_data, when there is something to fetch, and fetches it; a process that it names as input
// handler brings what came.
#pragma once
#include <atomic>

#include "vm/dist/channel_request.h"

namespace joist::dist {

class ProcessChannel final : public Channel {
 public:
  explicit ProcessChannel(Term pid) : pid_(pid), input_handler_(pid.raw()) {}
  Term controller() const override { return pid_; }
  void output_waits() override;
  // The controller is killed, whatever the reason.
  void close(Term reason) override;

  // ---- the controller
  // dist_data comes once: now, or when there is something.
  void ask_for_notification();
  bool take(Connection& connection, Packet* out);
  bool wants_size = false;  // of what it fetches: dist_ctrl_set_opt(…, get_size, …)

  // ---- any process
  Term input_handler() const { return Term::from_raw(input_handler_.load(std::memory_order_relaxed)); }
  void set_input_handler(Term pid) { input_handler_.store(pid.raw(), std::memory_order_relaxed); }
  // Hands a packet to the connection. False: one that another handler brought is still being dealt with; try again.
  bool receive(Connection& connection, const uint8_t* data, size_t size);

 private:
  void notify_if(bool asked);
  const Term pid_;
  std::atomic<Word> input_handler_;      // raw pid
  std::atomic<bool> waits_{false};       // there may be something to fetch; false only if output_waits() will be called
  std::atomic<bool> asked_{false};       // and dist_data is to be sent then
  std::atomic<bool> receiving_{false};
};

// Makes the process, which runs this, the channel. Null when it cannot be, or no connection waits for one.
Connection* carry_over_process(Process& process, const ChannelRequest& request);
// The channel when that is a process; null also while the connection is pending.
ProcessChannel* process_channel_of(const Connection& connection);

}  // namespace joist::dist
