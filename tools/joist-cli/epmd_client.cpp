#include "tools/joist-cli/epmd_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>

namespace joist::cli {
namespace {

int connected(int family, const void* address, socklen_t size) {
  int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || connect(fd, static_cast<const sockaddr*>(address), size) == 0) return fd;
  close(fd);
  return -1;
}

// A conversation with the epmd of this machine.
class Epmd {
 public:
  explicit Epmd(uint16_t port, bool quiet = false) {
    sockaddr_in6 six{};
    six.sin6_family = AF_INET6;
    six.sin6_port = htons(port);
    six.sin6_addr = in6addr_loopback;
    sockaddr_in four{};
    four.sin_family = AF_INET;
    four.sin_port = htons(port);
    four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    fd_ = connected(AF_INET6, &six, sizeof six);
    if (fd_ < 0) fd_ = connected(AF_INET, &four, sizeof four);
    if (fd_ < 0 && !quiet) fprintf(stderr, "epmd: Cannot connect to local epmd\n");
  }
  ~Epmd() {
    if (fd_ >= 0) close(fd_);
  }
  Epmd(const Epmd&) = delete;
  Epmd& operator=(const Epmd&) = delete;

  bool is_there() const { return fd_ >= 0; }
  bool ask(const std::string& request) const {
    std::string packet{char(request.size() >> 8), char(request.size())};
    packet += request;
    if (send(fd_, packet.data(), packet.size(), MSG_NOSIGNAL) == ssize_t(packet.size())) return true;
    puts("epmd: Can't write to epmd");
    return false;
  }
  // Up to `size` bytes of the answer, fewer when it ends before. False: an error.
  bool read(size_t size, std::string* out) const {
    char buffer[4096];
    while (out->size() < size) {
      ssize_t n = recv(fd_, buffer, std::min(sizeof buffer, size - out->size()), 0);
      if (n < 0) return false;
      if (n == 0) break;
      out->append(buffer, size_t(n));
    }
    return true;
  }

 private:
  int fd_;
};

// An answer of `size` bytes; says so itself when there is none.
bool short_answer(const Epmd& epmd, const std::string& request, size_t size, std::string* out) {
  if (!epmd.is_there() || !epmd.ask(request)) return false;
  if (!epmd.read(size, out)) {
    puts("epmd: failed to read answer from local epmd");
    return false;
  }
  if (out->size() == size) return true;
  // OTP's shows nothing of an answer that ends early.
  puts("epmd: local epmd responded with <>");
  return false;
}

}  // namespace

int ask_epmd_for_names(uint16_t port, char request, bool quiet) {
  Epmd epmd(port, quiet);
  if (!epmd.is_there() || !epmd.ask({request})) return 1;
  constexpr size_t header = 4;
  std::string answer;
  if (!epmd.read(header, &answer) || answer.size() < header) {
    if (!quiet) puts("epmd: no response from local epmd");
    return 1;
  }
  uint32_t its_port = 0;
  for (char byte : answer) its_port = its_port << 8 | uint8_t(byte);
  if (quiet) return 0;
  printf("epmd: up and running on port %d with data:\n", int(its_port));
  answer.clear();
  epmd.read(SIZE_MAX, &answer);
  fwrite(answer.data(), 1, answer.size(), stdout);
  return 0;
}

int ask_epmd_to_end(uint16_t port) {
  std::string answer;
  if (!short_answer(Epmd(port), "k", 2, &answer)) return 1;
  bool killed = answer == "OK";
  puts(killed ? "Killed" : "Killing not allowed - living nodes in database.");
  return killed ? 0 : 1;
}

int ask_epmd_to_give_up(uint16_t port, const std::string& name) {
  constexpr size_t longest = 1000;
  if (name.size() > longest) {
    printf("epmd: Name too long!");
    return 1;
  }
  std::string answer;
  if (!short_answer(Epmd(port), "s" + name, 7, &answer)) return 1;
  puts(answer.c_str());
  return 0;
}

}  // namespace joist::cli
