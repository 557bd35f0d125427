#include "vm/sys/tcp_server.h"

#include <catch2/catch.hpp>
#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <set>
#include <thread>

#include "vm/sys/socket.h"

using namespace joist;

namespace {

// "l": a long answer; "k": kept; "e": the end; else the byte again.
struct Echo : sys::TcpService {
  std::set<int> open;
  void opened(int connection, bool from_here) override {
    if (from_here) open.insert(connection);
  }
  size_t wanted(int) override { return 1; }
  sys::AfterBytes received(int, std::string_view bytes, sys::TcpAnswer* answer) override {
    answer->bytes = bytes == "l" ? std::string(8 << 20, 'l') : std::string(bytes);
    return bytes == "k" ? sys::AfterBytes::Keep : bytes == "e" ? sys::AfterBytes::End : sys::AfterBytes::Close;
  }
  void closed(int connection) override { open.erase(connection); }
};

struct Running {
  Echo echo;
  sys::SocketAddress address;
  int error = -1;
  std::thread thread;

  explicit Running(size_t descriptors, size_t unread = 64 << 20) {
    sys::SocketAddress any;
    sys::SocketAddress::parse("127.0.0.1", 0, &any);
    int unused, listener = sys::open_socket(sys::AddressFamily::Inet, sys::SocketType::Stream, "", &unused);
    REQUIRE(sys::bind_socket(listener, any) == 0);
    REQUIRE(sys::listen_socket(listener, 10) == 0);
    sys::socket_name(listener, &address);
    thread = std::thread([this, listener, descriptors, unread] {
      sys::TcpServer server({.listeners = {listener}, .descriptors = descriptors, .unread_bytes = unread, .silence_seconds = 1}, echo);
      error = server.run();
    });
  }
  int connect() const {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    REQUIRE(::connect(fd, reinterpret_cast<const sockaddr*>(address.bytes), address.size) == 0);
    return fd;
  }
  int ask(const char* what) const {
    int fd = connect();
    send(fd, what, 1, MSG_NOSIGNAL);
    return fd;
  }
  void end() {
    // More than once: the system may tell of a new connection before it tells that others were closed.
    for (std::string answer; answer != "e"; answer = sys_read(ask("e"), 10)) usleep(10000);
    thread.join();
    REQUIRE(error == 0);
  }
  // To the end, or as much as asked for.
  static std::string sys_read(int fd, size_t size) {
    std::string out(size, 0);
    size_t got = 0;
    for (ssize_t n; got < size && (n = recv(fd, out.data() + got, size - got, 0)) > 0;) got += size_t(n);
    close(fd);
    out.resize(got);
    return out;
  }
};

}  // namespace

TEST_CASE("a server of short conversations", "[sys]") {
  Running server(100);
  REQUIRE(Running::sys_read(server.ask("a"), 10) == "a");
  int kept = server.ask("k"), silent = server.connect(), slow = server.ask("l");
  REQUIRE(Running::sys_read(server.ask("b"), 10) == "b");     // while the slow one reads nothing
  REQUIRE(Running::sys_read(slow, 9 << 20).size() == 8 << 20);
  REQUIRE(Running::sys_read(silent, 10).empty());             // after a second
  char byte;
  REQUIRE(recv(kept, &byte, 1, 0) == 1);
  REQUIRE(recv(kept, &byte, 1, MSG_DONTWAIT) == -1);          // still open
  send(kept, "b", 1, MSG_NOSIGNAL);
  REQUIRE(recv(kept, &byte, 1, 0) == 1);
  REQUIRE(recv(kept, &byte, 1, 0) == 0);
  close(kept);
  server.end();
  REQUIRE(server.echo.open.empty());
}

TEST_CASE("a server has bounds", "[sys]") {
  Running server(6, 1 << 20);                                 // two connections: the rest is for streams and the listener
  int slow = server.ask("l");
  REQUIRE(Running::sys_read(server.ask("b"), 10) == "b");
  REQUIRE(Running::sys_read(slow, 9 << 20).size() < 8 << 20);
  int first = server.ask("k"), second = server.ask("k");
  char byte;
  REQUIRE(recv(first, &byte, 1, 0) == 1);
  REQUIRE(recv(second, &byte, 1, 0) == 1);
  REQUIRE(Running::sys_read(server.connect(), 10).empty());
  close(first);
  close(second);
  server.end();
}
