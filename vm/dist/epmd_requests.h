// epmd's side of its conversations: bytes in, bytes out. It knows no socket; connections are numbers.
//
// A request is a length (2 bytes) and that many bytes, the first of which says what it is. A connection carries one request; it is
// closed after the answer, but the one that registered a name stays open, and when it closes the name is given up. What cannot be
// understood, or is not allowed, is answered by closing. See "Distribution Protocol" in the ERTS User's Guide:
//
//   x  register a name      answer y, or v to a node that knows 32-bit creations    from this machine only
//   z  where is a name      answer w
//   n  all names            port of epmd (4 bytes), a line a name
//   d  all, old ones too    the same, for people                                    from this machine only
//   k  end                  OK or NO                                                from this machine only
//   s  give up a name       STOPPED or NOEXIST                                      from this machine only
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "vm/dist/epmd_log.h"
#include "vm/dist/epmd_names.h"
#include "vm/sys/tcp_server.h"

namespace joist {

struct EpmdRequestOptions {
  uint32_t port = 0;            // which answers to n and d begin with
  bool relaxed = false;         // allows to end while nodes live, and to give up a name of others
  size_t old_names = 1000;
  uint32_t (*now)() = nullptr;  // seconds, for creations
  EpmdLog log;
};

class EpmdRequests final : public sys::TcpService {
 public:
  // What is read of a connection at most; a request must be as long or shorter, with its length.
  static constexpr size_t longest_packet = 3059;
  static constexpr size_t longest_name = 255 * 4;  // bytes: 255 characters
  static constexpr uint32_t no_creation = 99;      // in the answer to who gets no name

  explicit EpmdRequests(const EpmdRequestOptions& options) : options_(options), names_(options.old_names) {}

  void opened(int connection, bool from_here) override;
  size_t wanted(int connection) override;
  sys::AfterBytes received(int connection, std::string_view bytes, sys::TcpAnswer* answer) override;
  void closed(int connection) override;

  const EpmdNames& names() const { return names_; }

 private:
  struct Conversation {
    bool from_here;
    bool kept = false;   // the request was to register a name
    std::string packet;  // as much as came
  };

  sys::AfterBytes request(int connection, Conversation& of, std::string_view body, sys::TcpAnswer* answer);
  sys::AfterBytes register_name(int connection, std::string_view body, sys::TcpAnswer* answer);
  sys::AfterBytes find_name(std::string_view body, sys::TcpAnswer* answer);
  sys::AfterBytes give_up_name(std::string_view body, sys::TcpAnswer* answer);
  sys::AfterBytes end(sys::TcpAnswer* answer);
  std::string names_text() const;
  std::string dump_text() const;
  sys::AfterBytes refuse(const char* why) const;

  EpmdRequestOptions options_;
  EpmdNames names_;
  std::unordered_map<int, Conversation> conversations_;
};

}  // namespace joist
