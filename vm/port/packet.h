// Packets in a stream of bytes: the formats of erlang:decode_packet/3 and of the socket option {packet, Type}.
#pragma once
#include <string_view>

#include "gc/heap.h"

namespace joist::packet {

enum class Type : uint8_t { Raw, One, Two, Four, Asn1, SunRm, Cdr, Fcgi, Line, Tpkt, Http, HttpHeader, HttpBin, HttpHeaderBin, SslTls };

// From option values (0, raw, 1, 2, 4, asn1 …); false for others.
bool type_of(Term t, Type* out);

struct Options {
  size_t max_size = 0;     // packet_size; 0: no limit
  size_t line_length = 0;  // longer lines are cut; 0: no limit
  char delimiter = '\n';
};

// Bytes of the first packet, header included (maybe more than there are yet); 0: more must come before it can be told; negative: the
// bytes are no such packet, or it is too large. *in_headers: for HTTP, whether headers come (not the first line).
int64_t length(Type type, std::string_view bytes, const Options& options, bool* in_headers);

// A packet taken apart.
struct Parsed {
  enum class Kind : uint8_t { Plain, Request, Response, Header, EndOfHeaders, HttpError, Tls };
  enum class Uri : uint8_t { Star, Absolute, Path, Scheme, String };
  Kind kind = Kind::Plain;
  bool binaries = false;      // texts as binaries
  std::string_view text;      // Plain, HttpError, Tls: the bytes; Request: method; Response: phrase; Header: value
  Term atom;                  // Request: method, Header: field, when it is a known one
  int number = 0;             // Response: status; Header: number of the field; Tls: content type
  int major = 0, minor = 0;   // Request, Response, Tls: version
  Uri uri = Uri::Star;
  bool https = false;
  int port = 0;               // 0: none
  std::string_view first, second;  // parts of the URI; Header: field as it came in `second`
  char field[50];             // Header: the field's name with case adjusted
  size_t field_size = 0;      // 0: too long; then it is as it came
  bool old_hello = false;     // Tls: an SSL 2 hello; a header of TLS is put before the bytes
};
// `packet` is whole. Changes *in_headers as HTTP goes on.
Parsed parse(Type type, std::string_view packet, bool* in_headers);
// Words that build takes for it.
size_t build_words(const Parsed& parsed);
// The packet as Erlang sees it. Plain ones are binaries. source: the socket that a TLS record came from.
Term build(HeapWriter& w, const Parsed& parsed, Term source = nil);

}  // namespace joist::packet
