// inet_gethost: looks up host names for kernel's inet_gethost_native, which starts it as a port with {packet, 4}.
//
// Requests on standard input: serial (4 bytes), operation, protocol, name or address. Answers on standard output: serial, width of an
// address (4 or 16; 0 before the name of an error), their number (4) and bytes, the number of names (4), names that end with 0. A few
// threads look up at once; the answer to a request that was cancelled is not written.
#include <unistd.h>

#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <mutex>
#include <set>
#include <thread>

#include "tools/joist-cli/commands.h"
#include "vm/sys/resolve.h"

namespace joist::cli {
namespace {

enum Operation : uint8_t { by_name = 1, by_address = 2, cancel = 3 };
enum Protocol : uint8_t { ipv4 = 1, ipv6 = 2 };

struct Request {
  uint32_t serial;
  uint8_t operation, protocol;
  std::string data;
};

std::mutex lock;
std::condition_variable arrived;
std::deque<Request> waiting;   // lock
std::set<uint32_t> cancelled;  // lock: among those that are looked up now
std::set<uint32_t> current;    // lock

void put32(std::string* out, uint32_t n) {
  for (int shift = 24; shift >= 0; shift -= 8) out->push_back(char(n >> shift));
}

uint32_t get32(const char* p) {
  uint32_t n = 0;
  for (int i = 0; i < 4; i++) n = n << 8 | uint8_t(p[i]);
  return n;
}

const char* error_name(sys::LookUpError error) {
  switch (error) {
    case sys::LookUpError::NotFound: return "notfound";
    case sys::LookUpError::TryAgain: return "try_again";
    case sys::LookUpError::NoRecovery: return "no_recovery";
    case sys::LookUpError::NoData: return "no_data";
    default: return "netdb_internal";
  }
}

std::string answer(const Request& r) {
  size_t width = r.protocol == ipv6 ? 16 : 4;
  sys::HostEntry entry;
  sys::LookUpError error = sys::LookUpError::None;
  bool known = r.protocol == ipv4 || r.protocol == ipv6;
  if (known && r.operation == by_name) error = sys::host_by_name(r.data.c_str(), r.protocol == ipv6, &entry);
  else if (known && r.operation == by_address && r.data.size() >= width) error = sys::host_by_address(r.data.substr(0, width), &entry);
  else known = false;
  std::string out;
  put32(&out, r.serial);
  if (!known || error != sys::LookUpError::None) {
    out.push_back(0);
    out.append(known ? error_name(error) : "enotsup");
    out.push_back(0);
    return out;
  }
  out.push_back(char(width));
  put32(&out, uint32_t(entry.addresses.size()));
  for (const std::string& a : entry.addresses) out.append(a);
  put32(&out, uint32_t(entry.names.size()));
  for (const std::string& name : entry.names) out.append(name.c_str(), name.size() + 1);
  return out;
}

bool write_all(std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t n = write(1, bytes.data(), bytes.size());
    if (n < 0) return false;
    bytes.remove_prefix(size_t(n));
  }
  return true;
}

void work() {
  std::unique_lock guard(lock);
  for (;;) {
    arrived.wait(guard, [] { return !waiting.empty(); });
    Request r = std::move(waiting.front());
    waiting.pop_front();
    current.insert(r.serial);
    guard.unlock();
    std::string reply = answer(r), packet;
    guard.lock();
    current.erase(r.serial);
    if (cancelled.erase(r.serial)) continue;
    put32(&packet, uint32_t(reply.size()));
    if (!write_all(packet + reply)) _exit(1);
  }
}

bool read_all(char* to, size_t size) {
  while (size) {
    ssize_t n = read(0, to, size);
    if (n <= 0) return false;
    to += n;
    size -= size_t(n);
  }
  return true;
}

void take(Request r) {
  std::lock_guard guard(lock);
  if (r.operation == cancel) {
    if (!std::erase_if(waiting, [&](const Request& w) { return w.serial == r.serial; }) && current.count(r.serial))
      cancelled.insert(r.serial);
  } else if (r.operation == by_name || r.operation == by_address) {
    waiting.push_back(std::move(r));
    arrived.notify_one();
  }
}

}  // namespace

// The first argument is how many look-ups may run at once.
int inet_gethost_main(const Arguments& arguments) {
  int count = arguments.empty() ? 1 : atoi(arguments[0].c_str());
  for (int i = 0; i < std::max(1, count); i++) std::thread(work).detach();
  char header[4];
  constexpr size_t shortest = 6, longest = 1024;  // names have at most 255 bytes
  while (read_all(header, sizeof header)) {
    std::string packet(get32(header), 0);
    if (packet.size() > longest || !read_all(packet.data(), packet.size())) break;
    if (packet.size() >= shortest - 1) {
      packet.resize(std::max(packet.size(), shortest));
      take({get32(packet.data()), uint8_t(packet[4]), uint8_t(packet[5]), packet.substr(shortest)});
    }
  }
  _exit(0);  // threads may still look up
}

}  // namespace joist::cli
