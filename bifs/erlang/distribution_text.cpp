// system_info(dist), and what crash dumps say of other nodes, in the format that crashdump_viewer reads.
#include <algorithm>

#include "bifs/erlang/system_info_text.h"
#include "vm/dist/nodes.h"
#include "vm/process/process_table.h"
#include "vm/process/relations.h"
#include "vm/term/identity.h"
#include "vm/term/print.h"

namespace joist {

namespace {

std::string channel_line(const char* tag, Term node) { return "=" + std::string(tag) + ":" + std::to_string(node.atom_index()) + "\n"; }

std::string name_line(Term node) { return "Name: " + print_atom(node) + "\n"; }

// The connected one, and earlier ones that terms refer to.
std::string creation_line(dist::Connection& c) {
  struct Of {
    dist::Connection& connection;
    std::string creations;
  } of{c, "Creation: " + std::to_string(c.creation())};
  each_node([](const NodeEntry& node, void* to) {
    auto& of = *static_cast<Of*>(to);
    if (node.name.same(of.connection.node) && node.creation != of.connection.creation()) of.creations += " " + std::to_string(node.creation);
  }, &of);
  return of.creations + "\n";
}

// Links and monitors of all processes with those of one node.
struct Ties {
  Term node;
  std::string text;
  bool is_there(Term t) const { return t.is_value() && t.is<External>() && node_of(t).name.same(node); }
  void of(Process& p) {
    if (!p.relations) return;
    auto line = [&](const char* what, const std::string& other) { text += what + print_term(p.pid) + " " + other + "\n"; };
    p.relations->monitors.each([&](Monitor& m) {
      if (m.type != MonitorType::Process) return;
      if (m.name.is_value() && m.node.same(node)) line("Remote monitoring: ", "{" + print_atom(m.name) + ", " + print_atom(node) + "}");
      else if (is_there(m.target.term)) line("Remote monitoring: ", print_term(m.target.term));
    });
    p.relations->monitored_by.each([&](MonitoredBy& m) {
      if (is_there(m.watcher.term)) line("Remotely monitored by: ", print_term(m.watcher.term));
    });
    p.relations->links.each([&](Link& l) {
      if (is_there(l.peer) && !l.unlink_id) line("Remote link: ", print_term(l.peer));
    });
  }
};

std::string connected_text(dist::Connection& c, bool with_ties) {
  std::string text = channel_line(c.is_visible() ? "visible_node" : "hidden_node", c.node) + name_line(c.node) +
                     "Controller: " + print_term(c.controller()) + "\n" + creation_line(c);
  if (!with_ties) return text;
  Ties ties{c.node, ""};
  for_each_process([](Process& p, void* to) { static_cast<Ties*>(to)->of(p); }, &ties);
  return text + ties.text;
}

}  // namespace

std::string distribution_text(bool with_ties) {
  std::string text = "=node:" + print_atom(local_node_name()) + "\n";
  if (local_node_name().same(atom::nonode_nohost)) return text + "=no_distribution\n";
  std::vector<dist::Connection*> connected = dist::connected_nodes();
  for (bool visible : {true, false})
    for (dist::Connection* c : connected)
      if (c->is_visible() == visible) text += connected_text(*c, with_ties);
  for (Term name : dist::known_nodes())
    if (std::none_of(connected.begin(), connected.end(), [&](dist::Connection* c) { return c->node.same(name); }))
      text += channel_line("not_connected", name) + name_line(name);
  return text;
}

}  // namespace joist
