// erlang:decode_packet/3.
#include "bifs/bif.h"
#include "vm/port/packet.h"
#include "vm/term/arith.h"
#include "vm/term/bits.h"

namespace joist {
namespace {

bool packet_options(Term list, packet::Type type, packet::Options* out) {
  for (; list.is_cons(); list = list.as_cons()->tail) {
    auto pair = list.as_cons()->head.as<Tuple>();
    if (!pair || pair->arity() != 2 || !pair->at(1).is_small() || Word(pair->at(1).small_value()) > 0xffffffff) return false;
    size_t value = size_t(pair->at(1).small_value());
    if (pair->at(0).same(atom::packet_size)) out->max_size = value;
    else if (pair->at(0).same(atom::line_length)) out->line_length = value;
    else if (pair->at(0).same(atom::line_delimiter) && type == packet::Type::Line && value <= 255) out->delimiter = char(value);
    else return false;
  }
  return list.is_nil();
}

}  // namespace

// {ok, Packet, Rest} | {more, Length | undefined} | {error, invalid}
BIF(erlang, decode_packet, 3) {
  packet::Type type;
  if (!packet::type_of(c.arg(0), &type)) return c.badarg(atom::badopt);
  packet::Options options;
  if (!is_bits(c.arg(1)) || !c.arg(2).is_list() || !packet_options(c.arg(2), type, &options)) return badarg();
  bits::AlignedBytes bytes(c.arg(1));
  bool in_headers = false;
  int64_t length = packet::length(type, bytes.text(), options, &in_headers);
  if (length < 0) return c.heap().reserve(Words(3)).tuple(atom::error, atom::invalid);
  if (length == 0 || size_t(length) > bytes.size)
    return c.heap().reserve(Words(3)).tuple(atom::more, length ? Term::small(length) : atom::undefined);
  size_t all_bits = bits::size_bits(c.arg(1)), used = size_t(length) * 8;
  packet::Parsed parsed = packet::parse(type, bytes.text().substr(0, size_t(length)), &in_headers);
  Term value;
  if (parsed.kind == packet::Parsed::Kind::Plain) {
    size_t at = size_t(parsed.text.data() - bytes.text().data());
    value = bits::slice(c.heap(), c.arg(1), at * 8, parsed.text.size() * 8);
  } else {
    HeapWriter w = c.heap().reserve(Words(packet::build_words(parsed)));
    value = packet::build(w, parsed);
    c.heap().commit(w);
  }
  Term rest = bits::slice(c.heap(), c.arg(1), used, all_bits - used);
  return c.heap().reserve(Words(4)).tuple(atom::ok, value, rest);
}

}  // namespace joist
