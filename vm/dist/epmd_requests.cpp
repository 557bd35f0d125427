#include "vm/dist/epmd_requests.h"

#include <utility>

#include "vm/base/utf8.h"

namespace joist {

using sys::AfterBytes;
using sys::TcpAnswer;

namespace {

constexpr int64_t longest_name_characters = 255;

uint16_t get16(std::string_view bytes, size_t at) { return uint16_t(uint8_t(bytes[at]) << 8 | uint8_t(bytes[at + 1])); }

void put16(std::string* out, uint32_t n) {
  out->push_back(char(n >> 8));
  out->push_back(char(n));
}

void put32(std::string* out, uint32_t n) {
  put16(out, n >> 16);
  put16(out, n);
}

// Characters, or -1 when it is no UTF-8.
int64_t characters(std::string_view text) { return utf8_count(reinterpret_cast<const uint8_t*>(text.data()), text.size()); }

bool has_zero(std::string_view text) { return text.find('\0') != text.npos; }

}  // namespace

void EpmdRequests::opened(int connection, bool from_here) {
  options_.log.say(2, "connection " + std::to_string(connection) + (from_here ? " from this machine" : " from elsewhere"));
  conversations_.insert_or_assign(connection, Conversation{from_here, false, {}});
}

void EpmdRequests::closed(int connection) {
  options_.log.say(2, "connection " + std::to_string(connection) + " closed");
  if (names_.remove_connection(connection)) options_.log.say(1, "name given up: " + names_.old().back().name);
  conversations_.erase(connection);
}

size_t EpmdRequests::wanted(int connection) {
  const Conversation& of = conversations_.at(connection);
  if (of.kept) return longest_packet;
  return (of.packet.size() < 2 ? longest_packet : get16(of.packet, 0) + 2u) - of.packet.size();
}

AfterBytes EpmdRequests::received(int connection, std::string_view bytes, TcpAnswer* answer) {
  Conversation& of = conversations_.at(connection);
  if (of.kept) return refuse("more bytes from a registered node");
  of.packet += bytes;
  if (of.packet.size() < 2) return AfterBytes::ReadOn;
  size_t size = get16(of.packet, 0) + 2u;
  if (size < 3 || size > longest_packet) return refuse("a packet of a bad length");
  if (of.packet.size() > size) return refuse("more bytes than the packet's");
  if (of.packet.size() < size) return AfterBytes::ReadOn;
  return request(connection, of, std::string_view(of.packet).substr(2), answer);
}

AfterBytes EpmdRequests::refuse(const char* why) const {
  options_.log.say(1, std::string("refused: ") + why);
  return AfterBytes::Close;
}

AfterBytes EpmdRequests::request(int connection, Conversation& of, std::string_view body, TcpAnswer* answer) {
  char what = body[0];
  options_.log.say(1, std::string("request ") + (what > ' ' && what < 127 ? what : '?'));
  if (what == 'z') return find_name(body, answer);
  if (what == 'n') {
    answer->bytes = names_text();
    return AfterBytes::Close;
  }
  if (what != 'x' && what != 'd' && what != 'k' && what != 's') return refuse("no request");
  if (!of.from_here) return refuse("only from this machine");
  if (what == 'x') {
    AfterBytes after = register_name(connection, body, answer);
    of.kept = after == AfterBytes::Keep;
    return after;
  }
  if (what == 'd') {
    answer->bytes = dump_text();
    return AfterBytes::Close;
  }
  return what == 'k' ? end(answer) : give_up_name(body, answer);
}

// x, port (2), type, protocol, highest (2), lowest (2), length of the name (2), name, length of the rest (2), rest.
AfterBytes EpmdRequests::register_name(int connection, std::string_view body, TcpAnswer* answer) {
  constexpr size_t name_at = 11, least = name_at + 2;
  if (body.size() <= least) return refuse("too short");
  size_t name_size = get16(body, 9);
  if (name_size + least > body.size()) return refuse("a longer name than the packet");
  size_t extra_size = get16(body, name_at + name_size);
  if (name_size + extra_size + least > body.size()) return refuse("more extra data than the packet");
  EpmdNode node;
  node.name = body.substr(name_at, name_size);
  if (has_zero(node.name)) return refuse("a zero in a name");
  node.connection = connection;
  node.port = get16(body, 1);
  node.type = uint8_t(body[3]);
  node.protocol = uint8_t(body[4]);
  node.highest = get16(body, 5);
  node.lowest = get16(body, 7);
  node.extra = body.substr(name_at + name_size + 2, extra_size);

  bool wide = node.highest >= 6;
  int64_t length = characters(node.name);
  std::string name = node.name;
  const EpmdNode* added = nullptr;
  if (name_size <= longest_name && length >= 0 && length <= longest_name_characters && extra_size <= longest_name)
    added = names_.add(std::move(node), options_.now());
  uint32_t creation = added ? added->creation() : no_creation;
  answer->bytes = {wide ? 'v' : 'y', char(added ? 0 : 1)};
  wide ? put32(&answer->bytes, creation) : put16(&answer->bytes, creation);
  options_.log.say(1, (added ? "name registered: " + name + ", creation " + std::to_string(creation) : "name taken or bad: " + name));
  // Who gets no name keeps the connection, too, as long as it likes.
  return AfterBytes::Keep;
}

// z, name. Answer: w, 0, port (2), type, protocol, highest (2), lowest (2), length (2), name, length (2), extra; or w, 1.
AfterBytes EpmdRequests::find_name(std::string_view body, TcpAnswer* answer) {
  std::string_view name = body.substr(1);
  if (name.ends_with('\0')) name.remove_suffix(1);
  // OTP's counts the zero that it puts behind the name.
  int64_t length = characters(name) + 1;
  if (name.empty() || has_zero(name) || length < 1 || length > longest_name_characters) return refuse("a bad name");
  std::string* out = &answer->bytes;
  const EpmdNode* node = names_.find(name);
  *out = {'w', char(node ? 0 : 1)};
  if (!node) return AfterBytes::Close;
  put16(out, node->port);
  out->push_back(char(node->type));
  out->push_back(char(node->protocol));
  put16(out, node->highest);
  put16(out, node->lowest);
  put16(out, uint32_t(node->name.size()));
  *out += node->name;
  put16(out, uint32_t(node->extra.size()));
  *out += node->extra;
  return AfterBytes::Close;
}

std::string EpmdRequests::names_text() const {
  std::string out;
  put32(&out, options_.port);
  for (auto node = names_.active().rbegin(); node != names_.active().rend(); ++node)
    out += "name " + node->name + " at port " + std::to_string(node->port) + "\n";
  return out;
}

// Each line ends with a zero, too.
std::string EpmdRequests::dump_text() const {
  std::string out;
  put32(&out, options_.port);
  auto place = [](const EpmdNode& node) { return std::to_string(node.port) + ", fd = " + std::to_string(node.connection); };
  for (auto node = names_.active().rbegin(); node != names_.active().rend(); ++node)
    (out += "active name     <" + node->name + "> at port " + place(*node) + "\n").push_back('\0');
  for (const EpmdNode& node : names_.old())
    (out += "old/unused name <" + node.name + ">, port = " + place(node) + " \n").push_back('\0');
  return out;
}

AfterBytes EpmdRequests::end(TcpAnswer* answer) {
  bool allowed = options_.relaxed || names_.active().empty();
  answer->bytes = allowed ? "OK" : "NO";
  options_.log.say(0, allowed ? "ends, as it was told to" : "does not end as it was told to: there are living nodes");
  return allowed ? AfterBytes::End : AfterBytes::Close;
}

// s, name (to a zero, or the end).
AfterBytes EpmdRequests::give_up_name(std::string_view body, TcpAnswer* answer) {
  if (!options_.relaxed) return refuse("only with -relaxed_command_check");
  std::string_view name = body.substr(1);
  if (name.empty()) return refuse("no name");
  answer->close = names_.remove(name.substr(0, name.find('\0')));
  // OTP's says STOPPED in either case; who asked reads seven bytes.
  answer->bytes = answer->close < 0 ? "NOEXISTSTOPPED" : "STOPPED";
  return AfterBytes::Close;
}

}  // namespace joist
