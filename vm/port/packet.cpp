#include "vm/port/packet.h"

#include <string.h>

#include "vm/port/packet_http.h"
#include "vm/term/atom.h"
#include "vm/term/bits.h"

namespace joist::packet {
namespace {

constexpr int64_t more = 0, invalid = -1;

uint32_t big_endian(const char* p, int bytes) {
  uint32_t n = 0;
  for (int i = 0; i < bytes; i++) n = n << 8 | uint8_t(p[i]);
  return n;
}
uint32_t little_endian(const char* p) {
  return uint32_t(uint8_t(p[3])) << 24 | uint32_t(uint8_t(p[2])) << 16 | uint32_t(uint8_t(p[1])) << 8 | uint8_t(p[0]);
}

// A header of known size that says how many bytes follow.
int64_t with_header(size_t header, uint32_t body, const Options& o) {
  if ((o.max_size && body > o.max_size) || header + body > 0x7fffffff) return invalid;
  return int64_t(header + body);
}
int64_t counted(std::string_view bytes, int header, const Options& o) {
  return bytes.size() < size_t(header) ? more : with_header(size_t(header), big_endian(bytes.data(), header), o);
}

int64_t line(std::string_view bytes, const Options& o) {
  size_t at = bytes.find(o.delimiter);
  bool whole = at != std::string_view::npos;
  size_t n = whole ? at + 1 : bytes.size();
  if (o.max_size && n > o.max_size) return invalid;
  if (o.line_length && (whole ? n > o.line_length : n >= o.line_length)) return int64_t(o.line_length);
  return whole ? int64_t(n) : more;
}

int64_t asn1(std::string_view bytes, const Options& o) {
  size_t at = 1;
  if (bytes.size() < 2) return more;
  if ((bytes[0] & 0x1f) == 0x1f) {  // the tag goes on
    while (at < bytes.size() && (bytes[at] & 0x80)) at++;
    if (bytes.size() - at < 2) return more;
    at++;
  }
  uint32_t size = uint8_t(bytes[at]) & 0x7f;
  bool is_long = bytes[at++] & 0x80;
  if (is_long) {
    uint32_t count = size;
    if (bytes.size() - at < count) return more;
    if (count > 4) return invalid;
    size = big_endian(bytes.data() + at, int(count));
    at += count;
  }
  return with_header(at, size, o);
}

}  // namespace

bool type_of(Term t, Type* out) {
  struct Name {
    Term term;
    Type type;
  };
  static constexpr Name names[] = {
      {Term::small(0), Type::Raw}, {atom::raw, Type::Raw},   {Term::small(1), Type::One},     {Term::small(2), Type::Two},
      {Term::small(4), Type::Four}, {atom::asn1, Type::Asn1}, {atom::sunrm, Type::SunRm},     {atom::cdr, Type::Cdr},
      {atom::fcgi, Type::Fcgi},    {atom::line, Type::Line}, {atom::tpkt, Type::Tpkt},        {atom::http, Type::Http},
      {atom::httph, Type::HttpHeader}, {atom::http_bin, Type::HttpBin}, {atom::httph_bin, Type::HttpHeaderBin},
      {atom::ssl_tls, Type::SslTls}};
  for (const Name& n : names) {
    if (!t.same(n.term)) continue;
    *out = n.type;
    return true;
  }
  return false;
}

int64_t length(Type type, std::string_view bytes, const Options& o, bool* in_headers) {
  const char* p = bytes.data();
  size_t n = bytes.size();
  switch (type) {
    case Type::Raw: return int64_t(n);
    case Type::One: return counted(bytes, 1, o);
    case Type::Two: return counted(bytes, 2, o);
    case Type::Four: return counted(bytes, 4, o);
    case Type::SunRm: return n < 4 ? more : with_header(4, big_endian(p, 4) & 0x7fffffff, o);
    case Type::Line: return line(bytes, o);
    case Type::Asn1: return asn1(bytes, o);
    case Type::Cdr:
      if (n < 12) return more;
      if (memcmp(p, "GIOP", 4) != 0) return invalid;
      return with_header(12, p[6] & 1 ? little_endian(p + 8) : big_endian(p + 8, 4), o);
    case Type::Fcgi:
      if (n < 8) return more;
      return p[0] != 1 ? invalid : with_header(8, big_endian(p + 4, 2) + uint8_t(p[6]), o);
    case Type::Tpkt: {
      if (n < 4) return more;
      uint32_t all = big_endian(p + 2, 2);
      return p[0] != 3 || all < 4 ? invalid : with_header(4, all - 4, o);
    }
    case Type::SslTls: {
      if (n < 5) return more;
      bool old_hello = (p[0] & 0x80) && p[2] == 1;
      uint32_t old_size = big_endian(p, 2) & 0x7fff;
      if (old_hello && old_size < 3) return invalid;
      return with_header(5, old_hello ? old_size - 3 : big_endian(p + 3, 2), o);
    }
    case Type::HttpHeader: case Type::HttpHeaderBin: *in_headers = true; return http_length(bytes, o, true);
    case Type::Http: case Type::HttpBin: return http_length(bytes, o, *in_headers);
  }
  return invalid;
}

Parsed parse(Type type, std::string_view packet, bool* in_headers) {
  Parsed out;
  out.text = packet;
  switch (type) {
    case Type::One: out.text.remove_prefix(1); break;
    case Type::Two: out.text.remove_prefix(2); break;
    case Type::Four: out.text.remove_prefix(4); break;
    case Type::Fcgi: out.text.remove_suffix(uint8_t(packet[6])); break;  // padding
    case Type::Http: case Type::HttpHeader: parse_http(packet, in_headers, &out); break;
    case Type::HttpBin: case Type::HttpHeaderBin:
      parse_http(packet, in_headers, &out);
      out.binaries = true;
      break;
    case Type::SslTls:
      out.kind = Parsed::Kind::Tls;
      out.old_hello = (packet[0] & 0x80) && packet[2] == 1;
      out.number = out.old_hello ? 22 : uint8_t(packet[0]);  // 22: handshake
      out.major = uint8_t(packet[out.old_hello ? 3 : 1]);
      out.minor = uint8_t(packet[out.old_hello ? 4 : 2]);
      out.text = packet.substr(out.old_hello ? 3 : 5);
      break;
    default: break;
  }
  return out;
}

namespace {

size_t text_words(std::string_view text, bool binary) { return binary ? bits::allocate_words(text.size() * 8) : 2 * text.size(); }

Term binary_term(HeapWriter& w, std::string_view prefix, std::string_view text) {
  uint8_t* bytes;
  Term t = bits::allocate(w, (prefix.size() + text.size()) * 8, &bytes);
  memcpy(bytes, prefix.data(), prefix.size());
  memcpy(bytes + prefix.size(), text.data(), text.size());
  return t;
}
Term text_term(HeapWriter& w, std::string_view text, bool binary) {
  if (binary) return binary_term(w, {}, text);
  Term list = nil;
  for (size_t i = text.size(); i-- > 0;) list = w.cons(Term::small(uint8_t(text[i])), list);
  return list;
}

Term uri_term(HeapWriter& w, const Parsed& p) {
  if (p.uri == Parsed::Uri::Star) return Term(atom::times);
  Term first = text_term(w, p.first, p.binaries);
  if (p.uri == Parsed::Uri::String) return first;
  if (p.uri == Parsed::Uri::Path) return w.tuple(atom::abs_path, first);
  Term second = text_term(w, p.second, p.binaries);
  if (p.uri == Parsed::Uri::Scheme) return w.tuple(atom::scheme, first, second);
  Term port = p.port ? Term::small(p.port) : atom::undefined;
  return w.tuple(atom::absoluteURI, p.https ? atom::https : atom::http, first, port, second);
}

}  // namespace

size_t build_words(const Parsed& p) {
  bool binary = p.binaries || p.kind == Parsed::Kind::Plain || p.kind == Parsed::Kind::Tls;
  size_t field = p.field_size ? p.field_size : p.second.size();
  return 24 + text_words(p.text, binary) + text_words(p.first, binary) + text_words(p.second, binary) +
         (binary ? HeapBits::words_for_bits(field * 8) + RefcBits::words : 2 * field) + RefcBits::words;
}

Term build(HeapWriter& w, const Parsed& p, Term source) {
  using K = Parsed::Kind;
  switch (p.kind) {
    case K::Plain: return binary_term(w, {}, p.text);
    case K::HttpError: {
      Term line = text_term(w, p.text, p.binaries);
      return w.tuple(atom::http_error, line);
    }
    case K::EndOfHeaders: return atom::http_eoh;
    case K::Response: {
      Term version = w.tuple(Term::small(p.major), Term::small(p.minor)), phrase = text_term(w, p.text, p.binaries);
      return w.tuple(atom::http_response, version, Term::small(p.number), phrase);
    }
    case K::Request: {
      Term method = p.atom.is_value() ? p.atom : text_term(w, p.text, p.binaries);
      Term uri = uri_term(w, p), version = w.tuple(Term::small(p.major), Term::small(p.minor));
      return w.tuple(atom::http_request, method, uri, version);
    }
    case K::Header: {
      std::string_view name = p.field_size ? std::string_view(p.field, p.field_size) : p.second;
      Term field = p.atom.is_value() ? p.atom : text_term(w, name, p.binaries);
      Term as_it_came = text_term(w, p.second, p.binaries), value = text_term(w, p.text, p.binaries);
      return w.tuple(atom::http_header, Term::small(p.number), field, as_it_came, value);
    }
    case K::Tls: {
      size_t n = p.text.size();
      char prefix[] = {1, char(n >> 16), char(n >> 8), char(n)};
      Term data = binary_term(w, p.old_hello ? std::string_view(prefix, sizeof prefix) : std::string_view(), p.text);
      Term version = w.tuple(Term::small(p.major), Term::small(p.minor));
      return w.tuple(atom::ssl_tls, source, Term::small(p.number), version, data);
    }
  }
  return nil;
}

}  // namespace joist::packet
