// prim_socket: what there is, and how a socket does.
#include "bifs/list_builder.h"
#include "bifs/prim/socket/socket_object.h"
#include "vm/sys/interface_control.h"
#include "vm/sys/socket_names.h"
#include "vm/term/map.h"

namespace joist {

using namespace prim_socket;

namespace {

std::atomic<bool> registry_wanted{true}, debug{false}, socket_debug{false};
constexpr SWord counter_bits = 64;

// A map of names to terms.
class MapBuilder {
 public:
  void put(const char* key, Term value) {
    pairs_.push_back(make_atom(key));
    pairs_.push_back(value);
  }
  void put(const char* key, uint64_t n) { put(key, Term::small(SWord(n))); }
  Term finish(Heap& heap) { return map::from_pairs(heap, pairs_.data(), pairs_.size() / 2); }

 private:
  std::vector<Term> pairs_;
};

Term names_of(Heap& heap, const std::vector<std::string>& names) {
  std::vector<Term> all;
  for (const std::string& n : names) all.push_back(make_atom(n));
  return list_of(heap, all);
}

Term pair(Heap& heap, Term a, Term b) { return heap.reserve(Words(3)).tuple(a, b); }

Term counters_of(Heap& heap, const Socket& s) {
  const Counters& n = s.counters;
  MapBuilder m;
  m.put("read_byte", n.read_bytes);
  m.put("read_fails", n.read_fails);
  m.put("read_pkg", n.read_packages);
  m.put("read_pkg_max", n.read_max);
  m.put("read_tries", n.read_tries);
  m.put("read_waits", n.read_waits);
  m.put("write_byte", n.write_bytes);
  m.put("write_fails", n.write_fails);
  m.put("write_pkg", n.write_packages);
  m.put("write_pkg_max", n.write_max);
  m.put("write_tries", n.write_tries);
  m.put("write_waits", n.write_waits);
  m.put("acc_success", n.accept_success);
  m.put("acc_fails", n.accept_fails);
  m.put("acc_tries", n.accept_tries);
  m.put("acc_waits", n.accept_waits);
  if (const FileCounters& f = s.file_counters; f.tries) {
    m.put("sendfile", f.calls);
    m.put("sendfile_byte", f.bytes);
    m.put("sendfile_fails", f.fails);
    m.put("sendfile_max", f.max);
    m.put("sendfile_pkg", f.packages);
    m.put("sendfile_pkg_max", f.max_package);
    m.put("sendfile_tries", f.tries);
    m.put("sendfile_waits", f.waits);
  }
  return m.finish(heap);
}

// [{[Name …], Number} …], backwards: socket.erl makes a table of them in which a later entry wins.
Term protocol_list(Heap& heap) {
  std::vector<sys::Protocol> all = sys::protocols();
  std::vector<Term> out;
  for (size_t i = all.size(); i-- > 0;) out.push_back(pair(heap, names_of(heap, all[i].names), Term::small(all[i].number)));
  return list_of(heap, out);
}

// [{Level, [{Option, Number} | Option …]} …]
Term option_list(Heap& heap) {
  std::vector<Term> levels, options;
  const std::vector<sys::NamedOption>& all = sys::named_options();
  for (size_t i = 0; i < all.size(); i++) {
    Term name = make_atom(all[i].name);
    options.push_back(all[i].number < 0 ? name : pair(heap, name, Term::small(all[i].number)));
    if (i + 1 < all.size() && all[i + 1].level == all[i].level) continue;
    bool is_socket = all[i].level_number == sys::socket_level();
    levels.push_back(pair(heap, is_socket ? make_atom("socket") : Term::small(all[i].level_number), list_of(heap, options)));
    options.clear();
  }
  return list_of(heap, levels);
}

Term number_list(Heap& heap, const std::vector<sys::NamedNumber>& numbers) {
  std::vector<Term> out;
  for (const sys::NamedNumber& f : numbers) out.push_back(pair(heap, make_atom(f.name), Term::small(f.number)));
  return list_of(heap, out);
}

}  // namespace

// [{Feature, boolean()} …]
BIF(prim_socket, nif_supports, 0) {
  Heap& heap = c.heap();
  std::vector<Term> all;
  all.push_back(pair(heap, make_atom("sctp"), atom::false_));
  for (const char* present : {"ipv6", "local", "netns", "sendfile"}) all.push_back(pair(heap, make_atom(present), atom::true_));
  return list_of(heap, all);
}

BIF(prim_socket, nif_supports, 1) {
  if (c.arg(0).same(make_atom("protocols"))) return protocol_list(c.heap());
  if (c.arg(0).same(make_atom("options"))) return option_list(c.heap());
  if (c.arg(0).same(make_atom("msg_flags"))) return number_list(c.heap(), sys::message_flags());
  if (c.arg(0).same(make_atom("ioctl_requests"))) return number_list(c.heap(), sys::interface_requests());
  if (c.arg(0).same(make_atom("ioctl_flags"))) return number_list(c.heap(), sys::interface_flags());
  return nil;
}

BIF(prim_socket, nif_info, 0) {
  SocketCounts n = socket_counts();
  MapBuilder counters, m;
  counters.put("num_cnt_bits", counter_bits);
  counters.put("num_sockets", n.all);
  counters.put("num_dinet", n.inet);
  counters.put("num_dinet6", n.inet6);
  counters.put("num_dlocal", n.local);
  counters.put("num_tstreams", n.streams);
  counters.put("num_tdgrams", n.datagrams);
  counters.put("num_tseqpkgs", n.sequenced);
  counters.put("num_pip", n.ip);
  counters.put("num_ptcp", n.tcp);
  counters.put("num_pudp", n.udp);
  counters.put("num_psctp", n.sctp);
  m.put("counters", counters.finish(c.heap()));
  m.put("debug", boolean(debug));
  m.put("socket_debug", boolean(socket_debug));
  m.put("use_registry", boolean(registry_wanted));
  m.put("iow", atom::false_);
  m.put("iov_max", most_message_parts);
  return m.finish(c.heap());
}

BIF(prim_socket, nif_info, 1) {
  Claimed s(c);
  if (!s) return badarg();
  Heap& heap = c.heap();
  std::vector<std::string> reading, writing;
  if (s->closing) {
    reading = writing = {"closing"};
    if (s->fd < 0) reading.push_back("closed"), writing.push_back("closed");
  } else {
    if (s->bound) reading.push_back("bound");
    if (s->listening) reading.push_back("listening");
    if (s->accepting) reading.push_back("accepting");
    if (s->connecting) writing.push_back("connecting");
    if (s->connected) writing.push_back("connected");
  }
  const char *domain = sys::domain_name(s->domain), *type = sys::type_name(s->kind);
  MapBuilder m;
  m.put("domain", domain ? make_atom(domain) : Term::small(s->domain));
  m.put("type", type ? make_atom(type) : Term::small(s->kind));
  m.put("protocol", Term::small(s->protocol));
  m.put("owner", s->owner.is_value() ? s->owner : atom::undefined);
  m.put("ctype", make_atom("normal"));
  m.put("counters", counters_of(heap, *s));
  m.put("num_readers", s->accepting ? 0 : s->readers.size());
  m.put("num_acceptors", s->accepting ? s->readers.size() : 0);
  m.put("num_writers", s->writers.size());
  m.put("rstates", names_of(heap, reading));
  m.put("wstates", names_of(heap, writing));
  return m.finish(heap);
}

// #{command, data}: debug and socket_debug are noted, use_registry is the default of new sockets.
BIF(prim_socket, nif_command, 1) {
  if (!is_map(c.arg(0))) return badarg();
  Term command = map::get(c.arg(0), make_atom("command")), data = map::get(c.arg(0), make_atom("data"));
  if (!command.is_value() || !data.is_value()) return badarg();
  bool on = data.same(atom::true_);
  if (!on && !data.same(atom::false_)) return badarg();
  if (command.same(make_atom("debug"))) debug = on;
  else if (command.same(make_atom("socket_debug"))) socket_debug = on;
  else if (command.same(make_atom("use_registry"))) registry_wanted = on;
  else return badarg();
  return atom::ok;
}

namespace prim_socket {
bool registry_by_default() { return registry_wanted; }
}  // namespace prim_socket

}  // namespace joist
