#include "bifs/prim/socket/socket_object.h"

#include <cstring>
#include <unordered_map>
#include <vector>

#include "vm/term/magic_ref.h"
#include "vm/process/process_table.h"
#include "vm/process/registry.h"
#include "vm/process/send.h"
#include "vm/sched/quiescence.h"
#include "vm/sys/socket_names.h"
#include "vm/sys/stream.h"

namespace joist::prim_socket {
namespace {

std::atomic<size_t> watched{0};

const char socket_type = 0;

// Sockets by owner, in shards by pid.
struct OwnerShard {
  sys::Mutex lock{sys::LockRank::Leaf};
  std::unordered_multimap<Word, Socket*> sockets;  // each with a reference
};
OwnerShard shards[16];
std::atomic<size_t> owned_sockets{0};

OwnerShard& shard_of(Term pid) { return shards[(pid.raw() >> 4) % 16]; }

bool on_process_exit(Process& process) {
  if (owned_sockets.load(std::memory_order_seq_cst) == 0) return true;
  OwnerShard& shard = shard_of(process.pid);
  std::vector<Socket*> mine;
  {
    sys::Locked guard(shard.lock);
    auto range = shard.sockets.equal_range(process.pid.raw());
    for (auto i = range.first; i != range.second; i++) mine.push_back(i->second);
    shard.sockets.erase(range.first, range.second);
    owned_sockets -= mine.size();
  }
  for (Socket* s : mine) {
    {
      sys::Locked guard(s->lock);
      s->owner = Term();
      s->close_for_all();
      s->release_descriptor();
    }
    tell_registry(*s, "del");
    s->release();
  }
  return true;
}

}  // namespace

namespace {

sys::Mutex counts_lock(sys::LockRank::Leaf);
SocketCounts counts;

void count(const Socket& s, uint64_t change) {
  sys::Locked guard(counts_lock);
  auto is = [](const char* name, const char* other) { return name && strcmp(name, other) == 0; };
  const char *domain = sys::domain_name(s.domain), *type = sys::type_name(s.kind);
  counts.all += change;
  if (is(domain, "inet")) counts.inet += change;
  if (is(domain, "inet6")) counts.inet6 += change;
  if (is(domain, "local")) counts.local += change;
  if (is(type, "stream")) counts.streams += change;
  if (is(type, "dgram")) counts.datagrams += change;
  if (is(type, "seqpacket")) counts.sequenced += change;
  if (s.protocol == 0) counts.ip += change;
  if (s.protocol == 6) counts.tcp += change;
  if (s.protocol == 17) counts.udp += change;
  if (s.protocol == 132) counts.sctp += change;
}

}  // namespace

// {'$socket', add | del, {'$socket', S}}
void tell_registry(Socket& s, const char* what) {
  static const Term registry = make_atom("socket_registry"), tag = make_atom("$socket");
  if (!s.use_registry) return;
  Term pid = whereis(registry);
  Process* p = pid.is_value() && pid.is_local_pid() ? find_process(pid) : nullptr;
  if (!p) return;
  MessageBuilder message(8 + magic_ref_words);
  HeapWriter& w = message.writer();
  s.retain();
  Term socket = w.tuple(tag, socket_term(w, &s));
  message.send(*p, Term(), w.tuple(tag, make_atom(what), socket));
}

SocketCounts socket_counts() {
  sys::Locked guard(counts_lock);
  return counts;
}
void init_sockets() { process_hooks.exit_steps[size_t(ExitStep::Sockets)] = on_process_exit; }

void count_opened(Socket& s) { count(s, 1); }

Socket::Socket(int descriptor) : fd(descriptor) { MagicObject::type = &socket_type; }
Socket::~Socket() { release_descriptor(); }

Socket* socket_of(Term t) {
  auto ref = t.as<MagicRef>();
  return ref && ref->object->type == &socket_type ? static_cast<Socket*>(ref->object) : nullptr;
}

Term socket_term(HeapWriter& w, Socket* socket) { return make_magic_ref(w, socket); }

void set_owner(Socket& socket, Term pid) {
  remove_owner(socket);
  OwnerShard& shard = shard_of(pid);
  sys::Locked guard(shard.lock);
  socket.retain();
  socket.owner = pid;
  shard.sockets.emplace(pid.raw(), &socket);
  owned_sockets++;
}

void remove_owner(Socket& socket) {
  if (!socket.owner.is_value()) return;
  OwnerShard& shard = shard_of(socket.owner);
  bool found = false;
  {
    sys::Locked guard(shard.lock);
    auto range = shard.sockets.equal_range(socket.owner.raw());
    for (auto i = range.first; i != range.second && !found; i++) {
      if (i->second != &socket) continue;
      shard.sockets.erase(i);
      owned_sockets--;
      found = true;
      break;
    }
  }
  socket.owner = Term();
  if (found) socket.release();
}

size_t watched_sockets() { return watched.load(std::memory_order_relaxed); }

// The watch holds a reference until the poll thread is done with it.
void Socket::arm(unsigned event) {
  if (!watch_) {
    retain();
    watch_ = sys::poll_watch(fd, on_ready, this, true);
    watched.fetch_add(1, std::memory_order_relaxed);
  }
  sys::poll_arm(watch_, event);
}

void Socket::on_ready(void* socket, unsigned events) {
  auto* s = static_cast<Socket*>(socket);
  QuiescentSection section;
  sys::Locked guard(s->lock);
  if (s->closing) return;
  if (events & sys::poll_read) s->tell_ready(s->readers);
  if (events & sys::poll_write) s->tell_ready(s->writers);
}

void Socket::tell_ready(std::deque<Requestor>& queue) {
  static const Term select = make_atom("select");
  forget_dead(queue);
  if (queue.empty()) return;
  tell(queue.front(), select, Term());
  queue.front().told = true;
}

// {'$socket', {'$socket', S}, select, Ref} or {'$socket', {'$socket', S}, abort, {Ref, Reason}}
void Socket::tell(const Requestor& to, Term tag, Term reason) {
  static const Term socket_tag = make_atom("$socket");
  Process* p = find_process(to.pid);
  if (!p) return;
  MessageBuilder message(16 + magic_ref_words + joist::ref_words);
  HeapWriter& w = message.writer();
  retain();
  Term socket = w.tuple(socket_tag, socket_term(w, this));
  Term info = write_ref(w, to.ref);
  if (reason.is_value()) info = w.tuple(info, reason);
  message.send(*p, Term(), w.tuple(socket_tag, socket, tag, info));
}

void Socket::forget_dead(std::deque<Requestor>& queue) {
  while (!queue.empty() && !find_process(queue.front().pid)) queue.pop_front();
}

void Socket::next(std::deque<Requestor>& queue) {
  queue.pop_front();
  forget_dead(queue);
  if (!queue.empty()) arm(&queue == &readers ? unsigned(sys::poll_read) : unsigned(sys::poll_write));
}

void Socket::abort_all(std::deque<Requestor>& queue, Term reason) {
  static const Term abort = make_atom("abort");
  for (const Requestor& r : queue) tell(r, abort, reason);
  queue.clear();
}

void Socket::close_for_all() {
  closing = true;
  connecting = accepting = false;
  abort_all(readers, closed_reason());
  abort_all(writers, closed_reason());
}

void Socket::close_file() {
  if (file >= 0) sys::close_stream(file);
  file = -1;
}

void Socket::release_descriptor() {
  close_file();
  if (watch_) watched.fetch_sub(1, std::memory_order_relaxed), sys::poll_unwatch(watch_, [](void* s) { static_cast<Socket*>(s)->release(); }, this);
  watch_ = nullptr;
  if (fd < 0) return;
  if (!keep_descriptor) sys::close_socket(fd);
  fd = -1;
  count(*this, uint64_t(-1));
}

Term closed_reason() {
  static const Term closed = make_atom("closed");
  return closed;
}

Term error_reason(int error) { return make_atom(sys::error_name(error)); }

Term error_tuple(NativeCall& c, Term reason) { return c.heap().reserve(Words(3)).tuple(atom::error, reason); }

Term invalid_tuple(NativeCall& c, Term what) {
  static const Term invalid = make_atom("invalid");
  return c.heap().reserve(Words(3)).tuple(invalid, what);
}

Term invalid_error(NativeCall& c, Term what) { return error_tuple(c, invalid_tuple(c, what)); }
Term ok_tuple(NativeCall& c, Term value) { return c.heap().reserve(Words(3)).tuple(atom::ok, value); }

}  // namespace joist::prim_socket
