// A socket of the module socket (prim_socket).
//
// Calls never block: one that cannot go on becomes the current reader or writer of the socket and gets `select`; when the poll thread
// says that the descriptor is ready, that process gets {'$socket', Socket, select, Ref} and calls again. Others queue behind it. A
// socket ends by close, or when its owner does; who waits then gets {'$socket', Socket, abort, {Ref, closed}}.
#pragma once
#include <deque>

#include "bifs/bif.h"
#include "vm/process/relations.h"
#include "vm/sys/lock.h"
#include "vm/sys/poll.h"
#include "vm/sys/socket.h"
#include "vm/term/magic.h"

namespace joist::prim_socket {

struct Requestor {
  Term pid;
  RefKey ref;
  bool told = false;  // its select message is sent
};

struct Counters {
  uint64_t read_bytes = 0, read_packages = 0, read_tries = 0, read_waits = 0, read_fails = 0, read_max = 0;
  uint64_t write_bytes = 0, write_packages = 0, write_tries = 0, write_waits = 0, write_fails = 0, write_max = 0;
  uint64_t accept_success = 0, accept_fails = 0, accept_tries = 0, accept_waits = 0;
};

struct FileCounters {
  uint64_t calls = 0, bytes = 0, fails = 0, packages = 0, max = 0, max_package = 0, tries = 0, waits = 0;
};

// Whether new sockets are told to kernel's registry.
bool registry_by_default();

struct Socket final : MagicObject {
  explicit Socket(int fd);
  ~Socket() override;

  sys::Mutex lock{sys::LockRank::NifModule};
  // ---- under the lock
  int fd;
  bool closing = false;         // close was called, or the owner ended
  int domain = -1, kind = -1, protocol = 0;  // AF_…, SOCK_…
  bool listening = false, accepting = false, connected = false, bound = false;
  bool keep_descriptor = false; // a descriptor that somebody else closes
  bool debug = false, io_wrap = false, use_registry = registry_by_default();
  std::deque<Requestor> readers, writers;  // the current one first; acceptors are readers
  bool connecting = false;      // the current writer connects
  size_t receive_buffer = 8192, receive_control = 1024, send_control = 1024;
  unsigned receive_count = 0, received_full = 0;  // {N, Size} of the option rcvbuf
  Term owner;
  KeptTerm meta;
  Counters counters;
  int file = -1;                // a duplicate of what sendfile sends, while it waits to send more
  uint64_t file_sent = 0;       // of it
  FileCounters file_counters;   // shown once there was a file

  // Waits for the event for the current reader or writer.
  void arm(unsigned event);
  // Ends the socket for its users; the descriptor is closed by release_descriptor.
  void close_for_all();
  void release_descriptor();
  void close_file();
  // The current one is done; the next in the queue is told to try.
  void next(std::deque<Requestor>& queue);
  // Who waited first and died gives way.
  void forget_dead(std::deque<Requestor>& queue);
  // All that wait hear of an error.
  void abort_all(std::deque<Requestor>& queue, Term reason);

 private:
  static void on_ready(void* socket, unsigned events);
  void tell(const Requestor& to, Term tag, Term reason);
  void tell_ready(std::deque<Requestor>& queue);
  sys::PollWatch* watch_ = nullptr;
};

// Sockets that are open, in all and by what they are.
struct SocketCounts {
  uint64_t all = 0, inet = 0, inet6 = 0, local = 0, streams = 0, datagrams = 0, sequenced = 0, ip = 0, tcp = 0, udp = 0, sctp = 0;
};
SocketCounts socket_counts();
void init_sockets();  // once, before processes run
// A socket was opened; release_descriptor counts its end.
void count_opened(Socket& socket);

// Tells the process that keeps kernel's registry of sockets: what is "add" or "del".
void tell_registry(Socket& socket, const char* what);

Socket* socket_of(Term t);
Term socket_term(HeapWriter& w, Socket* socket);  // takes over a reference

// The socket that argument 0 is, locked; false when it is none.
class Claimed {
 public:
  explicit Claimed(NativeCall& c) : socket_(socket_of(c.arg(0))) {
    if (socket_) socket_->lock.lock();
  }
  ~Claimed() {
    if (socket_) socket_->lock.unlock();
  }
  Claimed(const Claimed&) = delete;
  Claimed& operator=(const Claimed&) = delete;
  explicit operator bool() const { return socket_; }
  Socket* operator->() const { return socket_; }
  Socket& operator*() const { return *socket_; }

 private:
  Socket* socket_;
};

// Owners: sockets are closed when their owner exits.
void set_owner(Socket& socket, Term pid);
void remove_owner(Socket& socket);

Term closed_reason();
Term error_reason(int error);
Term error_tuple(NativeCall& c, Term reason);    // {error, Reason}
Term invalid_tuple(NativeCall& c, Term what);    // {invalid, What}
Term invalid_error(NativeCall& c, Term what);    // {error, {invalid, What}}
Term ok_tuple(NativeCall& c, Term value);        // {ok, Value}

NativeResult done(NativeCall& c, int error);     // ok or {error, Reason}

constexpr size_t most_message_parts = 1024;  // of one sendmsg: the system's IOV_MAX
Term name_or_number(const char* name, int number);  // the atom, or the number where there is no name
std::string int_bytes(int value);            // as options and control messages have it

// The number that an atom stands for, or a number is; -1: none.
int number_of(Term t, int (*by_name)(const std::string&));

// Addresses as maps.
bool decode_address(Term map, sys::SocketAddress* out);
Term encode_address(Heap& heap, const sys::SocketAddress& address);
Term encode_ip(Heap& heap, std::string_view bytes);  // a tuple of 4 or 8 numbers
// Types of service: lowdelay … or a number.
bool decode_service(Term t, int* out);
Term encode_service(int value);

// Control messages: a list of #{level, type, data, value}; one to send has data or value.
bool decode_control(Term list, std::string* out);
Term encode_control(Heap& heap, const std::string& control);

// Descriptors of sockets that are watched.
size_t watched_sockets();

}  // namespace joist::prim_socket
