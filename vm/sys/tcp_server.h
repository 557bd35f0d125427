// A server of short conversations over stream sockets, on the thread that runs it: one list of descriptors, no pool, no other thread.
//
// Nothing that a peer does makes it wait. Reads take what is there; what a peer does not take of its answer is kept for it, within a bound
// for all peers together; who is silent for too long in a conversation is cut off. When there are too many connections a new one is
// closed as soon as it is accepted.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

struct pollfd;

namespace joist::sys {

enum class AfterBytes : uint8_t {
  ReadOn,  // the peer's turn still
  Close,   // when the answer is written
  Keep,    // as long as the peer likes; no more is written after this answer
  End,     // when the answer is written the server ends
};

struct TcpAnswer {
  std::string bytes;
  int close = -1;  // another connection to close
};

// What the server does. A connection's number is that of its descriptor.
class TcpService {
 public:
  virtual ~TcpService() = default;
  // from_here: the peer is a program of this machine.
  virtual void opened(int connection, bool from_here) = 0;
  // How many bytes to read next, at most; not 0.
  virtual size_t wanted(int connection) = 0;
  virtual AfterBytes received(int connection, std::string_view bytes, TcpAnswer* answer) = 0;
  virtual void closed(int connection) = 0;
};

struct TcpServerOptions {
  std::vector<int> listeners;       // non-blocking; the server closes them
  size_t descriptors = 0;           // in all, with listeners and the three standard ones; never more than the system allows
  size_t unread_bytes = 0;          // of answers that were not taken yet, in all
  int64_t silence_seconds = 0;      // before a connection that is not kept is cut off
  unsigned accept_delay_seconds = 0, write_delay_seconds = 0;  // simulate a busy server: all of it sleeps
};

class TcpServer {
 public:
  TcpServer(TcpServerOptions options, TcpService& service);
  ~TcpServer();
  TcpServer(const TcpServer&) = delete;
  TcpServer& operator=(const TcpServer&) = delete;

  // Until the service says End: 0; or an errno value.
  int run();

 private:
  struct Connection {
    int fd;
    AfterBytes after = AfterBytes::ReadOn;
    int64_t active;        // when bytes last came or went
    std::string unwritten = {};
  };

  int wait();
  void accept_from(int listener);
  void open(int fd);
  void serve(size_t index);
  void read(size_t index);
  void write(size_t index);
  void drop(size_t index);
  void drop_connection(int fd);
  void cut_off_silent();
  void sweep();
  int64_t deadline(const Connection& c) const;

  TcpServerOptions options_;
  TcpService& service_;
  std::vector<Connection> connections_;  // fd -1: dropped in this round
  std::vector<pollfd> polled_;           // the listeners, then connections_ in their order
  size_t most_connections_;
  size_t unread_ = 0;
  int64_t now_ = 0;
  int64_t accept_again_ = 0;  // not before: the system had no descriptor
  bool ended_ = false;
};

}  // namespace joist::sys
