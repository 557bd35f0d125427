// Control messages of the module socket: the system's names for level and type, the bytes, and what they mean where that is known.
#include "bifs/list_builder.h"
#include "bifs/prim/socket/socket_object.h"
#include "vm/sys/socket_control.h"
#include "vm/sys/socket_names.h"
#include "vm/sys/stream.h"
#include "vm/term/arith.h"
#include "vm/term/bits.h"
#include "vm/term/map.h"

#include <cstring>

namespace joist::prim_socket {
namespace {

struct Names {
  Term level = make_atom("level"), type = make_atom("type"), data = make_atom("data"), value = make_atom("value");
  Term socket = make_atom("socket"), sec = make_atom("sec"), usec = make_atom("usec");
};
const Names& names() {
  static const Names n;
  return n;
}

bool read_int(std::string_view data, int* out) {
  if (data.size() < sizeof *out) return false;
  memcpy(out, data.data(), sizeof *out);
  return true;
}

Term packet_info_term(Heap& heap, const sys::PacketInfo& info) {
  Term pairs[] = {make_atom("ifindex"), Term::small(info.interface), make_atom("addr"), encode_ip(heap, info.address), Term(), Term()};
  if (!info.local.empty()) {
    pairs[4] = make_atom("spec_dst");
    pairs[5] = encode_ip(heap, info.local);
  }
  return map::from_pairs(heap, pairs, info.local.empty() ? 2 : 3);
}

Term extended_error_term(Heap& heap, const sys::ExtendedError& e) {
  Term pairs[] = {make_atom("error"), make_atom(sys::error_name(e.error)),
                  make_atom("origin"), name_or_number(sys::error_origin_name(e.origin), e.origin),
                  make_atom("type"), name_or_number(sys::error_type_name(e.origin, e.type), e.type),
                  make_atom("code"), name_or_number(sys::error_code_name(e.origin, e.type, e.code), e.code),
                  make_atom("info"), Term::small(int32_t(e.info)),
                  make_atom("data"), Term::small(int32_t(e.data)),
                  make_atom("offender"), e.offender.size ? encode_address(heap, e.offender) : Term()};
  return map::from_pairs(heap, pairs, e.offender.size ? 7 : 6);
}

// The non-value when the bytes have none.
Term encode_value(Heap& heap, sys::ControlKind kind, const std::string& data) {
  using Kind = sys::ControlKind;
  int n;
  switch (kind) {
    case Kind::Bytes: return Term();
    case Kind::Int: return read_int(data, &n) ? Term::small(n) : Term();
    case Kind::Byte: return data.empty() ? Term() : Term::small(uint8_t(data[0]));
    case Kind::Tos: return data.empty() ? Term() : encode_service(uint8_t(data[0]));
    case Kind::Timestamp: {
      int64_t seconds, microseconds;
      if (!sys::read_timestamp(data, &seconds, &microseconds)) return Term();
      Term pairs[] = {names().sec, Term::small(seconds), names().usec, Term::small(microseconds)};
      return map::from_pairs(heap, pairs, 2);
    }
    case Kind::PacketInfo: case Kind::PacketInfo6: {
      sys::PacketInfo info;
      return sys::read_packet_info(data, kind == Kind::PacketInfo6, &info) ? packet_info_term(heap, info) : Term();
    }
    case Kind::Address: {
      sys::SocketAddress address;
      return sys::read_raw_address(data, &address) ? encode_address(heap, address) : Term();
    }
    case Kind::ExtendedError: {
      sys::ExtendedError e;
      return sys::read_extended_error(data, &e) ? extended_error_term(heap, e) : Term();
    }
  }
  return Term();
}

bool decode_value(sys::ControlKind kind, Term value, std::string* out) {
  SWord n, microseconds;
  int service;
  switch (kind) {
    case sys::ControlKind::Int:
      if (!arith::to_int64(value, &n) || n != int(n)) return false;
      return *out = int_bytes(int(n)), true;
    case sys::ControlKind::Tos: return decode_service(value, &service) && (*out = int_bytes(service), true);
    case sys::ControlKind::Timestamp: {
      if (!is_map(value)) return false;
      Term sec = map::get(value, names().sec), usec = map::get(value, names().usec);
      if (!sec.is_value() || !usec.is_value() || !arith::to_int64(sec, &n) || !arith::to_int64(usec, &microseconds)) return false;
      return *out = sys::timestamp_bytes(n, microseconds), true;
    }
    default: return false;
  }
}

// Bytes, or a number or truth value as the system's int.
bool decode_data(Term data, std::string* out) {
  SWord n;
  if (is_bits(data)) return *out = std::string(bits::AlignedBytes(data).text()), true;
  if (data.same(atom::true_) || data.same(atom::false_)) return *out = int_bytes(data.same(atom::true_)), true;
  return arith::to_int64(data, &n) && n == int(n) && (*out = int_bytes(int(n)), true);
}

bool decode_message(Term m, sys::ControlMessage* out) {
  if (!is_map(m)) return false;
  Term level = map::get(m, names().level), type = map::get(m, names().type);
  if (!level.is_value() || !type.is_value()) return false;
  if (level.same(names().socket)) out->level = sys::socket_level();
  else if (level.is_small()) out->level = int(level.small_value());
  else return false;
  const sys::NamedControl* named = type.is_atom() ? sys::find_named_control(out->level, atom_text(type)) : nullptr;
  if (!named && !type.is_small()) return false;
  out->type = named ? named->number : int(type.small_value());
  Term value = map::get(m, names().value), data = map::get(m, names().data);
  if (value.is_value()) return named && named->may_send && decode_value(named->kind, value, &out->data);
  return data.is_value() && decode_data(data, &out->data);
}

}  // namespace

bool decode_control(Term list, std::string* out) {
  std::vector<sys::ControlMessage> messages;
  for (; list.is_cons(); list = list.as_cons()->tail)
    if (!decode_message(list.as_cons()->head, &messages.emplace_back())) return false;
  *out = sys::control_bytes(messages);
  return list.is_nil();
}

Term encode_control(Heap& heap, const std::string& control) {
  const Names& n = names();
  std::vector<Term> all;
  for (const sys::ControlMessage& m : sys::control_messages(control)) {
    const sys::NamedControl* named = sys::find_named_control(m.level, m.type);
    Term value = named ? encode_value(heap, named->kind, m.data) : Term();
    Term pairs[] = {n.level, m.level == sys::socket_level() ? n.socket : Term::small(m.level), n.type, name_or_number(named ? named->name : nullptr, m.type),
                    n.data, bits::from_text(heap, m.data), n.value, value};
    all.push_back(map::from_pairs(heap, pairs, value.is_value() ? 4 : 3));
  }
  return list_of(heap, all);
}

}  // namespace joist::prim_socket
