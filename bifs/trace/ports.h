// Tracing of ports and to ports, for the natives and vm/trace.
#pragma once
#include <memory>

#include "bifs/bif.h"
#include "vm/trace/set_trace.h"

namespace joist {

// Asks the port to change its flags. False: there is none.
bool ask_port(const std::shared_ptr<trace::Round>& round, Term port, const trace::Change& change);
void ask_all_ports(const std::shared_ptr<trace::Round>& round, const trace::Change& change);

// Flags and tracer of a port, once the round has ended with count() 1.
struct PortInfoRound final : trace::Round {
  using Round::Round;
  uint32_t flags = 0;
  trace::Tracer tracer;
  bool act(Process&) override { return false; }
};
void ask_port_info(const std::shared_ptr<PortInfoRound>& round, Term port);

// How vm/trace reaches tracers that are ports. Once, at start.
void init_port_tracing();

}  // namespace joist
