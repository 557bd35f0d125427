// The lines of HTTP, for packet.cpp.
#pragma once
#include "vm/port/packet.h"

namespace joist::packet {

int64_t http_length(std::string_view bytes, const Options& options, bool in_headers);
void parse_http(std::string_view line, bool* in_headers, Parsed* out);

}  // namespace joist::packet
