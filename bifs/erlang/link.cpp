// link/1, unlink/1.
#include "bifs/bif.h"
#include "bifs/dist/busy.h"
#include "vm/process/hooks.h"
#include "vm/process/process_table.h"
#include "vm/process/relations.h"
#include "vm/process/send.h"
#include "vm/process/trace_hooks.h"
#include "vm/term/node.h"

namespace joist {

BIF(erlang, link, 1) {
  Term peer = c.arg(0);
  trace_process_event(c.process, "link", peer);
  if (peer.same(c.process.pid)) return atom::true_;
  bool exists;
  if (peer.is_local_pid()) {
    exists = link_to(c.process, peer);
  } else if (peer.is_local_port()) {
    exists = process_hooks.port_link && link_to(c.process, peer);
  } else if (is_external_pid(peer)) {
    auto* e = reinterpret_cast<External*>(peer.boxed_words());
    exists = !e->node->name.same(local_node_name()) && link_to(c.process, peer);
  } else if (peer.is<ExternalPort>()) {
    exists = false;
  } else {
    return badarg();
  }
  c.charge(5);
  if (exists) return after_signal_to_pid(c, peer, atom::true_);
  if (!c.process.trap_exit) return c.error(atom::noproc);
  // As if the link had been set up and had broken.
  MessageBuilder b(4 + copy_size(peer));
  Term from = b.copy(peer);
  Term message = b.writer().tuple(atom::EXIT, from, atom::noproc);
  b.send(c.process, peer.is_local_pid() ? peer : Term(), message);
  return atom::true_;
}

BIF(erlang, unlink, 1) {
  Term peer = c.arg(0);
  trace_process_event(c.process, "unlink", peer);
  if (!is_pid(peer) && !is_port(peer)) return badarg();
  c.charge(5);
  unlink_from(c.process, peer);
  return after_signal_to_pid(c, peer, atom::true_);
}

}  // namespace joist
