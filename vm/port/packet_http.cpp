// HTTP/1 request lines, status lines and headers (RFC 2616, leniently).
#include "vm/port/packet_http.h"

#include <string.h>
#include <strings.h>

#include "vm/term/atom.h"

namespace joist::packet {
namespace {

bool is_space(char ch) { return ch == ' ' || ch == '\t'; }
bool is_digit(char ch) { return ch >= '0' && ch <= '9'; }
// Characters that end a token.
bool is_special(char ch) { return ch <= 32 || ch == 127 || strchr("()<>@,;:\\\"/[]?={}", ch); }

constexpr const char* fields[] = {
    "Cache-Control", "Connection", "Date", "Pragma", "Transfer-Encoding", "Upgrade", "Via", "Accept", "Accept-Charset",
    "Accept-Encoding", "Accept-Language", "Authorization", "From", "Host", "If-Modified-Since", "If-Match", "If-None-Match",
    "If-Range", "If-Unmodified-Since", "Max-Forwards", "Proxy-Authorization", "Range", "Referer", "User-Agent", "Age", "Location",
    "Proxy-Authenticate", "Public", "Retry-After", "Server", "Vary", "Warning", "Www-Authenticate", "Allow", "Content-Base",
    "Content-Encoding", "Content-Language", "Content-Length", "Content-Location", "Content-Md5", "Content-Range", "Content-Type",
    "Etag", "Expires", "Last-Modified", "Accept-Ranges", "Set-Cookie", "Set-Cookie2", "X-Forwarded-For", "Cookie", "Keep-Alive",
    "Proxy-Connection"};
constexpr const char* methods[] = {"OPTIONS", "GET", "HEAD", "POST", "PUT", "DELETE", "TRACE"};

template <size_t N>
int index_of(const char* const (&names)[N], std::string_view name) {
  for (size_t i = 0; i < N; i++)
    if (name == names[i]) return int(i);
  return -1;
}

// Takes things off the front of a line.
struct Scanner {
  std::string_view rest;
  size_t spaces() {
    size_t n = 0;
    while (n < rest.size() && is_space(rest[n])) n++;
    rest.remove_prefix(n);
    return n;
  }
  // False when there is no digit.
  bool number(int* out) {
    size_t n = 0;
    unsigned value = 0;
    for (; n < rest.size() && is_digit(rest[n]); n++) value = value * 10 + unsigned(rest[n] - '0');
    *out = int(value & 0x7fffffff);
    rest.remove_prefix(n);
    return n > 0;
  }
  bool version(Parsed* out) {
    if (rest.substr(0, 5) != "HTTP/") return false;
    rest.remove_prefix(5);
    if (!number(&out->major) || rest.empty() || rest[0] != '.') return false;
    rest.remove_prefix(1);
    return number(&out->minor);
  }
  template <class F>
  std::string_view take_while(F&& f) {
    size_t n = 0;
    while (n < rest.size() && f(rest[n])) n++;
    std::string_view taken = rest.substr(0, n);
    rest.remove_prefix(n);
    return taken;
  }
};

void parse_host(std::string_view text, Parsed* out) {
  size_t slash = text.find('/');
  out->second = slash == std::string_view::npos ? std::string_view("/") : text.substr(slash);
  std::string_view host = text.substr(0, slash);
  size_t colon = host.find(':');
  out->first = host.substr(0, colon);
  if (colon == std::string_view::npos) return;
  Scanner port{host.substr(colon + 1)};
  int number;
  if (port.number(&number) && port.rest.empty()) out->port = number;
}

void parse_uri(std::string_view uri, Parsed* out) {
  using Uri = Parsed::Uri;
  out->first = uri;
  if (uri == "*") {
    out->uri = Uri::Star;
    out->first = {};
  } else if (uri.size() <= 1 || uri[0] == '/') {
    out->uri = Uri::Path;
  } else if (uri.size() >= 7 && strncasecmp(uri.data(), "http://", 7) == 0) {
    out->uri = Uri::Absolute;
    parse_host(uri.substr(7), out);
  } else if (uri.size() >= 8 && strncasecmp(uri.data(), "https://", 8) == 0) {
    out->uri = Uri::Absolute;
    out->https = true;
    parse_host(uri.substr(8), out);
  } else if (size_t colon = uri.find(':'); colon != std::string_view::npos) {
    out->uri = Uri::Scheme;
    out->first = uri.substr(0, colon);
    out->second = uri.substr(colon + 1);
  } else {
    out->uri = Uri::String;
  }
}

bool response(Scanner s, Parsed* out) {
  if (!s.version(out) || s.spaces() == 0) return false;
  s.number(&out->number);
  if (s.spaces() == 0 && !s.rest.empty()) return false;
  out->text = s.rest;
  out->kind = Parsed::Kind::Response;
  return true;
}

bool request(Scanner s, Parsed* out) {
  std::string_view method = s.take_while([](char ch) { return !is_special(ch); });
  if (method.empty() || s.spaces() == 0) return false;
  std::string_view uri = s.take_while([](char ch) { return !is_space(ch); });
  if (uri.empty()) return false;
  s.spaces();
  if (s.rest.empty()) {
    out->minor = 9;
  } else if (s.rest.size() < 8 || !s.version(out)) {
    return false;
  }
  parse_uri(uri, out);
  out->text = method;
  if (index_of(methods, method) >= 0) out->atom = make_atom(method);
  out->kind = Parsed::Kind::Request;
  return true;
}

bool header(Scanner s, Parsed* out) {
  std::string_view name = s.take_while([](char ch) { return !is_special(ch); });
  if (s.rest.empty() || s.rest[0] != ':') return false;
  s.rest.remove_prefix(1);
  s.spaces();
  out->kind = Parsed::Kind::Header;
  out->text = s.rest;
  out->second = name;
  if (name.size() > sizeof out->field) return true;
  bool upper = true;
  for (char ch : name) {
    bool letter = (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z');
    out->field[out->field_size++] = letter ? char(upper ? ch & ~0x20 : ch | 0x20) : ch;
    upper = !upper ? ch == '-' : false;
  }
  std::string_view adjusted(out->field, out->field_size);
  int known = index_of(fields, adjusted);
  if (known >= 0) {
    out->number = known + 1;
    out->atom = make_atom(adjusted);
  }
  return true;
}

}  // namespace

int64_t http_length(std::string_view bytes, const Options& o, bool in_headers) {
  if (bytes == "\n" || bytes == "\r\n") return int64_t(bytes.size());
  size_t limit = o.max_size ? o.max_size : o.line_length;
  for (size_t from = 0;;) {
    size_t end = bytes.find('\n', from);
    if (end == std::string_view::npos) return limit && bytes.size() >= limit ? -1 : 0;
    size_t n = end + 1;
    bool too_long = limit && n > limit;
    if (!in_headers) return too_long ? -1 : int64_t(n);
    if (n == bytes.size()) return too_long ? -1 : 0;  // the value may go on in the next line
    if (!is_space(bytes[n]) || n <= 2) return too_long ? -1 : int64_t(n);
    from = n;
  }
}

void parse_http(std::string_view line, bool* in_headers, Parsed* out) {
  std::string_view whole = line;
  if (line.size() >= 2 && line[line.size() - 2] == '\r') line.remove_suffix(2);
  else if (!line.empty() && line.back() == '\n') line.remove_suffix(1);
  bool good;
  if (!*in_headers) {
    good = line.size() >= 5 && line.substr(0, 5) == "HTTP/" ? response({line}, out) : request({line}, out);
    if (good) *in_headers = true;
  } else if (line.empty()) {
    *in_headers = false;
    out->kind = Parsed::Kind::EndOfHeaders;
    good = true;
  } else {
    good = header({line}, out);
  }
  if (good) return;
  *out = Parsed();
  out->kind = Parsed::Kind::HttpError;
  out->text = whole;
}

}  // namespace joist::packet
