#include "vm/dist/process_channel.h"

#include "vm/process/process_table.h"
#include "vm/process/send.h"
#include "vm/sched/quiescence.h"

namespace joist::dist {

void ProcessChannel::notify_if(bool asked) {
  static const Term dist_data = make_atom("dist_data");
  if (!asked) return;
  QuiescentSection section;
  send_to_pid(pid_, Term(), dist_data);
}

// Whoever of this and ask_for_notification() comes second sees what the other has stored.
void ProcessChannel::output_waits() {
  waits_.store(true, std::memory_order_seq_cst);
  notify_if(asked_.exchange(false, std::memory_order_seq_cst));
}

void ProcessChannel::ask_for_notification() {
  asked_.store(true, std::memory_order_seq_cst);
  if (waits_.load(std::memory_order_seq_cst)) notify_if(asked_.exchange(false, std::memory_order_seq_cst));
}

bool ProcessChannel::take(Connection& connection, Packet* out) {
  waits_.store(false, std::memory_order_seq_cst);  // before: output_waits() may be called as soon as nothing was found
  bool found = connection.take(out);
  if (found) waits_.store(true, std::memory_order_seq_cst);
  return found;
}

void ProcessChannel::close(Term) {
  QuiescentSection section;
  if (Process* p = find_process(pid_)) send_exit(*p, pid_, atom::kill);
}

bool ProcessChannel::receive(Connection& connection, const uint8_t* data, size_t size) {
  if (receiving_.exchange(true, std::memory_order_acquire)) return false;
  connection.receive(data, size);
  receiving_.store(false, std::memory_order_release);
  return true;
}

Connection* carry_over_process(Process& process, const ChannelRequest& request) {
  using process_state::Distribution;
  if (!awaits_channel(request)) return nullptr;
  // net_kernel, or one that has a connection already.
  if (process.state.fetch_or(Distribution, std::memory_order_seq_cst) & Distribution) return nullptr;
  Connection* connection = connect_channel(request, std::make_unique<ProcessChannel>(process.pid));
  if (!connection) process.state.fetch_and(~uint32_t(Distribution), std::memory_order_seq_cst);
  return connection;
}

ProcessChannel* process_channel_of(const Connection& connection) {
  Channel* channel = connection.channel();
  return channel && channel->controller().is_local_pid() ? static_cast<ProcessChannel*>(channel) : nullptr;
}

}  // namespace joist::dist
