#include "bifs/nif_hooks.h"

#include "vm/interp/dirty_call.h"
#include "vm/nif/hooks.h"
#include "vm/nif/library.h"
#include "vm/nif/resource.h"
#include "vm/port/port_table.h"
#include "vm/process/hooks.h"
#include "vm/term/iolist.h"

namespace joist {

namespace {

bool port_command(Term from, Term id, Term data) {
  Port* port = find_port(id);
  size_t bits;
  if (!port || !iolist::size_bits(data, iolist::Parts::Bytes, &bits)) return false;
  auto* s = new PortSignal;
  s->kind = PortSignalKind::Command;
  s->sender = from;
  s->from = Term::from_raw(port->owner.load());
  s->send_form = true;
  s->bytes.resize(bits / 8);
  iolist::copy(data, reinterpret_cast<uint8_t*>(s->bytes.data()));
  send_to_port(*port, s);
  return true;
}

}  // namespace

void install_nif_hooks() {
  process_hooks.resource_monitor_down = nif::process_down;
  hold_native = nif::hold_library;
  nif::hooks.port_command = port_command;
  nif::hooks.port_alive = [](Term port) { return find_port(port) != nullptr; };
}

}  // namespace joist
