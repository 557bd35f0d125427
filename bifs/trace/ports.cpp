#include "bifs/trace/ports.h"

#include "vm/port/port_table.h"
#include "vm/process/system_profile.h"
#include "vm/term/etf/etf.h"

namespace joist {

namespace {

// Something that a port does for a round in one of its turns; when it is gone first, it has not done it.
template <class F>
struct InTurn final : PortEvent {
  std::shared_ptr<trace::Round> round;
  F act;
  bool done = false;
  InTurn(std::shared_ptr<trace::Round> r, F f) : round(std::move(r)), act(std::move(f)) {}
  ~InTurn() override { round->answered(done); }
  void run(Port& port) override { done = act(port); }
  bool is_traced() const override { return false; }
};

// False: there is no such port.
template <class F>
bool ask(std::shared_ptr<trace::Round> round, Term port, F act) {
  round->expect();
  return post_to_port(port, std::make_unique<InTurn<F>>(std::move(round), std::move(act)));
}

}  // namespace

bool ask_port(const std::shared_ptr<trace::Round>& round, Term port, const trace::Change& change) {
  return ask(round, port, [change](Port& p) { return trace::change(p.trace, change); });
}

void ask_all_ports(const std::shared_ptr<trace::Round>& round, const trace::Change& change) {
  struct All {
    const std::shared_ptr<trace::Round>& round;
    const trace::Change& change;
  } all{round, change};
  for_each_port([](Port& port, void* argument) {
    auto* all = static_cast<All*>(argument);
    ask_port(all->round, port.id, all->change);
  }, &all);
}

void ask_port_info(const std::shared_ptr<PortInfoRound>& round, Term port) {
  ask(round, port, [info = round.get()](Port& p) {
    auto* state = static_cast<trace::State*>(p.trace);
    if (state && !state->tracer.alive()) trace::stop(p.trace);
    if (p.trace) {
      info->flags = state->flags;
      info->tracer = state->tracer;
    }
    return true;
  });
}

namespace {

// As a command, in external format.
void tell_port(Term to, Term message) {
  Port* port = find_port(to);
  if (!port) return;
  auto* s = new PortSignal;
  s->kind = PortSignalKind::Command;
  etf::Encoder encoder(message, {});
  size_t used = 0, size;
  while (!encoder.step(SIZE_MAX / 2, &used)) {}
  SharedBytes* bytes = encoder.take(&size);
  if (port->driver->takes_pieces()) {
    s->pieces = std::make_unique<IoVector>();
    s->pieces->pieces.push_back({bytes, bytes->data, size});
    s->pieces->bytes = size;
  } else {
    s->bytes.assign(reinterpret_cast<const char*>(bytes->data), size);
    bytes->release();
  }
  send_to_port(*port, s);
}

}  // namespace

void init_port_tracing() {
  trace::port_tracing.alive = [](Term port) { return find_port(port) != nullptr; };
  trace::port_tracing.tell = tell_port;
  system_profile.tell_port = tell_port;
}

}  // namespace joist
