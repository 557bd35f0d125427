// prim_socket: opening, naming, connecting, accepting, closing.
#include <cerrno>

#include "bifs/list_builder.h"
#include "vm/term/magic_ref.h"
#include "bifs/prim/socket/socket_object.h"
#include "vm/process/process_table.h"
#include "vm/process/send.h"
#include "vm/sys/socket_names.h"
#include "vm/sys/stream.h"
#include "vm/term/arith.h"
#include "vm/term/bits.h"
#include "vm/term/map.h"

namespace joist {

using namespace prim_socket;

namespace {

Term state_name() { return make_atom("state"); }

// {ok, S} of a new socket that the caller owns.
Term opened(NativeCall& c, Socket* s) {
  set_owner(*s, c.process.pid);
  count_opened(*s);
  tell_registry(*s, "add");
  HeapWriter w = c.heap().reserve(Words(3 + magic_ref_words));
  Term ref = socket_term(w, s);
  return w.tuple(atom::ok, ref);
}

bool is_true(Term map, const char* key) {
  Term t = map::get(map, make_atom(key));
  return t.is_value() && t.same(atom::true_);
}

void read_open_options(Term map, Socket* s) {
  s->debug = is_true(map, "debug");
  Term use = map::get(map, make_atom("use_registry"));
  if (use.is_value()) s->use_registry = use.same(atom::true_);
}

bool is_connecting(NativeCall& c, Socket& s) {
  return s.connecting && !s.writers.empty() && s.writers.front().pid.same(c.process.pid);
}

// After select: how the connection came out.
NativeResult finish_connecting(NativeCall& c, Socket& s) {
  s.connecting = false;
  s.writers.pop_front();
  int error = sys::pending_error(s.fd);
  s.connected = !error;
  return done(c, error);
}

}  // namespace

// Domain, type, protocol number, options
BIF(prim_socket, nif_open, 4) {
  if (!c.arg(2).is_small() || !is_map(c.arg(3))) return badarg();
  int domain = number_of(c.arg(0), sys::domain_number), kind = number_of(c.arg(1), sys::type_number);
  if (domain < 0) return invalid_tuple(c, make_atom("domain"));
  if (kind < 0) return invalid_tuple(c, make_atom("type"));
  std::string netns;
  Term space = map::get(c.arg(3), make_atom("netns"));
  if (space.is_value() && is_bits(space)) netns = bits::AlignedBytes(space).text();
  int error, fd = sys::open_socket_by_numbers(domain, kind, int(c.arg(2).small_value()), netns, &error);
  if (fd < 0) return error_tuple(c, error_reason(error));
  auto* s = new Socket(fd);
  s->domain = domain;
  s->kind = kind;
  int unused;
  sys::socket_numbers(fd, &unused, &unused, &s->protocol);
  read_open_options(c.arg(3), s);
  return opened(c, s);
}

// An open descriptor; #{dup := false}: it stays somebody else's.
BIF(prim_socket, nif_open, 2) {
  if (!c.arg(0).is_small() || !is_map(c.arg(1))) return badarg();
  Term map = c.arg(1);
  int fd = int(c.arg(0).small_value()), domain, kind, protocol;
  if (int error = sys::socket_numbers(fd, &domain, &kind, &protocol)) return error_tuple(c, error_reason(error));
  Term asked = map::get(map, make_atom("domain"));
  if (asked.is_value() && (domain = number_of(asked, sys::domain_number)) < 0) return invalid_tuple(c, make_atom("domain"));
  asked = map::get(map, make_atom("type"));
  if (asked.is_value() && (kind = number_of(asked, sys::type_number)) < 0) return invalid_tuple(c, make_atom("type"));
  asked = map::get(map, make_atom("protocol"));
  if (asked.is_value() && asked.is_small()) protocol = int(asked.small_value());
  Term dup = map::get(map, make_atom("dup"));
  bool keep = dup.is_value() && dup.same(atom::false_);
  if (!keep && (fd = sys::duplicate_stream(fd)) < 0) return error_tuple(c, error_reason(errno));
  sys::make_nonblocking(fd);
  auto* s = new Socket(fd);
  s->domain = domain;
  s->kind = kind;
  s->protocol = protocol;
  s->keep_descriptor = keep;
  sys::SocketAddress peer;
  s->connected = sys::peer_name(fd, &peer) == 0;
  read_open_options(map, s);
  return opened(c, s);
}

BIF(prim_socket, nif_bind, 2) {
  Claimed s(c);
  sys::SocketAddress address;
  if (!s) return badarg();
  if (!decode_address(c.arg(1), &address)) return invalid_tuple(c, make_atom("sockaddr"));
  if (s->closing) return error_tuple(c, closed_reason());
  int error = sys::bind_socket(s->fd, address);
  s->bound |= !error;
  return done(c, error);
}

// S, Ref, address: ok, select or an error
BIF(prim_socket, nif_connect, 3) {
  Claimed s(c);
  sys::SocketAddress address;
  if (!s || !is_ref(c.arg(1))) return badarg();
  if (!decode_address(c.arg(2), &address)) return invalid_tuple(c, make_atom("sockaddr"));
  if (s->closing) return error_tuple(c, closed_reason());
  if (is_connecting(c, *s)) return finish_connecting(c, *s);
  s->forget_dead(s->writers);
  if (s->writers.empty()) s->connecting = false;
  if (s->connecting) return error_tuple(c, make_atom("already"));
  if (!s->writers.empty()) return invalid_error(c, state_name());
  int error;
  switch (sys::connect_socket(s->fd, address, &error)) {
    case sys::Connecting::Done: s->connected = true; return atom::ok;
    case sys::Connecting::Failed: return error_tuple(c, error_reason(error));
    case sys::Connecting::UnderWay: break;
  }
  s->connecting = true;
  s->writers.push_back({c.process.pid, ref_key(c.arg(1))});
  s->arm(sys::poll_write);
  return make_atom("select");
}

BIF(prim_socket, nif_connect, 1) {
  Claimed s(c);
  if (!s) return badarg();
  if (s->closing) return error_tuple(c, closed_reason());
  return is_connecting(c, *s) ? finish_connecting(c, *s) : NativeResult(invalid_error(c, state_name()));
}

BIF(prim_socket, nif_listen, 2) {
  Claimed s(c);
  if (!s || !c.arg(1).is_small()) return badarg();
  if (s->closing) return error_tuple(c, closed_reason());
  int error = sys::listen_socket(s->fd, int(c.arg(1).small_value()));
  s->listening |= !error;
  return done(c, error);
}

// S, Ref: {ok, Connection}, select or an error
BIF(prim_socket, nif_accept, 2) {
  Claimed s(c);
  if (!s) return badarg();
  if (s->closing) return error_tuple(c, closed_reason());
  s->forget_dead(s->readers);
  if (s->readers.empty()) s->accepting = false;
  if (!s->readers.empty() && !s->accepting) return invalid_error(c, state_name());
  bool current = !s->readers.empty() && s->readers.front().pid.same(c.process.pid);
  if (!s->readers.empty() && !current) {
    for (const Requestor& r : s->readers)
      if (r.pid.same(c.process.pid)) return invalid_error(c, state_name());
    s->readers.push_back({c.process.pid, ref_key(c.arg(1))});
    return make_atom("select");
  }
  s->counters.accept_tries++;
  sys::SocketAddress peer;
  int error, fd = sys::accept_socket(s->fd, &peer, &error);
  if (fd < 0 && !error) {
    s->counters.accept_waits++;
    if (!current) s->readers.push_front({c.process.pid, {}});
    s->readers.front() = {c.process.pid, ref_key(c.arg(1))};
    s->accepting = true;
    s->arm(sys::poll_read);
    return make_atom("select");
  }
  if (fd < 0) {
    s->counters.accept_fails++;
    if (current) s->readers.pop_front();
    s->abort_all(s->readers, error_reason(error));
    s->accepting = false;
    return error_tuple(c, error_reason(error));
  }
  s->counters.accept_success++;
  if (current) s->next(s->readers);
  if (s->readers.empty()) s->accepting = false;
  auto* connection = new Socket(fd);
  connection->domain = s->domain;
  connection->kind = s->kind;
  connection->protocol = s->protocol;
  connection->receive_buffer = s->receive_buffer;
  connection->receive_count = s->receive_count;
  connection->receive_control = s->receive_control;
  connection->send_control = s->send_control;
  connection->debug = s->debug;
  connection->io_wrap = s->io_wrap;
  connection->use_registry = s->use_registry;
  connection->connected = true;
  return opened(c, connection);
}

// ok; nobody uses the socket any more, and finalize_close gives the descriptor back
BIF(prim_socket, nif_close, 1) {
  Claimed s(c);
  if (!s) return badarg();
  if (s->closing) return error_tuple(c, closed_reason());
  s->close_for_all();
  return atom::ok;
}

BIF(prim_socket, nif_finalize_close, 1) {
  Socket* s = socket_of(c.arg(0));
  if (!s) return badarg();
  {
    sys::Locked guard(s->lock);
    if (!s->closing || s->fd < 0) return error_tuple(c, closed_reason());
    s->release_descriptor();
    remove_owner(*s);
  }
  tell_registry(*s, "del");
  return atom::ok;
}

BIF(prim_socket, nif_shutdown, 2) {
  Claimed s(c);
  if (!s) return badarg();
  if (s->closing) return error_tuple(c, closed_reason());
  Term how = c.arg(1);
  if (how.same(make_atom("read"))) return done(c, sys::shutdown_socket(s->fd, sys::ShutdownHow::Read));
  if (how.same(make_atom("write"))) return done(c, sys::shutdown_socket(s->fd, sys::ShutdownHow::Write));
  if (how.same(make_atom("read_write"))) return done(c, sys::shutdown_socket(s->fd, sys::ShutdownHow::Both));
  return badarg();
}

static NativeResult address_of_end(NativeCall& c, int (*name)(int fd, sys::SocketAddress*)) {
  Claimed s(c);
  if (!s) return badarg();
  if (s->closing) return error_tuple(c, closed_reason());
  sys::SocketAddress a;
  if (int error = name(s->fd, &a)) return error_tuple(c, error_reason(error));
  return ok_tuple(c, encode_address(c.heap(), a));
}
BIF(prim_socket, nif_sockname, 1) { return address_of_end(c, sys::socket_name); }
BIF(prim_socket, nif_peername, 1) { return address_of_end(c, sys::peer_name); }

// Gives up a call that got select: ok, or select_sent when the message is on its way
BIF(prim_socket, nif_cancel, 3) {
  Claimed s(c);
  if (!s || !is_ref(c.arg(2))) return badarg();
  if (s->closing) return error_tuple(c, closed_reason());
  Term what = c.arg(1);
  static const Term connect = make_atom("connect"), accept = make_atom("accept");
  static const Term sendfile = make_atom("sendfile");
  static const Term writes[] = {connect, make_atom("send"), make_atom("sendto"), make_atom("sendmsg"), sendfile};
  bool writing = false;
  for (Term w : writes) writing |= w.same(what);
  std::deque<Requestor>& queue = writing ? s->writers : s->readers;
  RefKey key = ref_key(c.arg(2));
  for (size_t i = 0; i < queue.size(); i++) {
    if (!(queue[i].ref == key) || !queue[i].pid.same(c.process.pid)) continue;
    bool told = queue[i].told;
    if (i == 0) s->next(queue);
    else queue.erase(queue.begin() + std::ptrdiff_t(i));
    if (what.same(connect)) s->connecting = false;
    if (i == 0 && what.same(sendfile)) s->close_file();
    if (what.same(accept) && queue.empty()) s->accepting = false;
    return told ? make_atom("select_sent") : atom::ok;
  }
  return make_atom("not_found");
}

}  // namespace joist
