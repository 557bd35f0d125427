// nif_ioctl: what a socket can be asked about network interfaces, and told.
#include "bifs/file_names.h"
#include "bifs/list_builder.h"
#include "bifs/prim/socket/socket_object.h"
#include "vm/sys/interface_control.h"
#include "vm/term/arith.h"
#include "vm/term/bits.h"
#include "vm/term/map.h"

namespace joist {

using namespace prim_socket;

namespace {

using sys::InterfaceReply;
using sys::InterfaceRequest;
using sys::InterfaceValue;

Term text_list(Heap& heap, std::string_view text) {
  ListBuilder list(heap, text.size());
  for (char ch : text) list.push(Term::small(uint8_t(ch)));
  return list.finish();
}

// Names in OTP's order; what has none is left as one number.
Term flag_names(Heap& heap, int flags) {
  std::vector<Term> names;
  for (const sys::NamedNumber& f : sys::interface_flags()) {
    if (!f.number || (flags & f.number) != f.number) continue;
    names.push_back(make_atom(f.name));
    flags &= ~f.number;
  }
  if (flags) names.push_back(Term::small(flags));
  return list_of(heap, names);
}

Term hardware_term(Heap& heap, const InterfaceReply& reply) {
  const char* name = sys::hardware_type_name(reply.hardware_type);
  Term pairs[] = {make_atom("addr"), bits::from_text(heap, reply.hardware), make_atom("family"), name_or_number(name, reply.hardware_type)};
  return map::from_pairs(heap, pairs, 2);
}

Term map_term(Heap& heap, const sys::InterfaceMap& m) {
  auto number = [&](uint64_t n) { return arith::make_unsigned(heap, n); };
  Term pairs[] = {make_atom("mem_start"), number(m.memory_start), make_atom("mem_end"), number(m.memory_end), make_atom("base_addr"), number(m.base_address),
                  make_atom("irq"), number(m.interrupt), make_atom("dma"), number(m.dma), make_atom("port"), number(m.port)};
  return map::from_pairs(heap, pairs, 6);
}

Term reply_term(Heap& heap, InterfaceValue kind, const InterfaceReply& reply) {
  switch (kind) {
    case InterfaceValue::Number: return Term::small(reply.number);
    case InterfaceValue::Flags: return flag_names(heap, reply.number);
    case InterfaceValue::Address: return encode_address(heap, reply.address);
    case InterfaceValue::Hardware: return hardware_term(heap, reply);
    case InterfaceValue::Map: return map_term(heap, reply.map);
  }
  return nil;
}

bool int_of(Term t, int* out) {
  if (!t.is_small() || t.small_value() != int(t.small_value())) return false;
  *out = int(t.small_value());
  return true;
}

Term not_supported(NativeCall& c) { return error_tuple(c, make_atom("enotsup")); }

// #{Flag => boolean()}, flags as numbers. False: it is none.
bool flag_changes(Term t, int* set, int* clear) {
  if (!is_map(t)) return false;
  map::Iterator each(t);
  Term key, value;
  while (each.next(&key, &value)) {
    int flag;
    if (!int_of(key, &flag)) return false;
    (value.same(atom::true_) ? *set : *clear) |= flag;
  }
  return true;
}

NativeResult change(NativeCall& c, int fd, const InterfaceRequest& request, const std::string& interface, Term value) {
  int number = 0, clear = 0;
  sys::SocketAddress address;
  switch (request.value) {
    case InterfaceValue::Flags:
      if (!flag_changes(value, &number, &clear)) return invalid_tuple(c, make_atom("flags"));
      return done(c, sys::change_interface_flags(fd, interface, number, clear));
    case InterfaceValue::Address:
      if (!decode_address(value, &address)) return invalid_tuple(c, make_atom("sockaddr"));
      break;
    default:
      if (!int_of(value, &number)) return invalid_tuple(c, make_atom("ivalue"));
  }
  return done(c, sys::set_interface(fd, request, interface, number, address));
}

NativeResult name_of_index(NativeCall& c, int fd, Term given) {
  int index;
  std::string name;
  if (!int_of(given, &index)) return badarg();
  if (int error = sys::interface_name_of(fd, index, &name)) return error_tuple(c, error_reason(error));
  return ok_tuple(c, text_list(c.heap(), name));
}

}  // namespace

// Socket, Request: {ok, [#{name, addr}]}
BIF(prim_socket, nif_ioctl, 2) {
  Claimed s(c);
  Word request;
  if (!s || !arith::to_uint64(c.arg(1), &request)) return badarg();
  if (s->closing) return error_tuple(c, closed_reason());
  if (request != sys::request_interfaces) return not_supported(c);
  std::vector<sys::NamedAddress> all;
  if (int error = sys::interfaces_with_addresses(s->fd, &all)) return error_tuple(c, error_reason(error));
  std::vector<Term> out;
  for (const sys::NamedAddress& i : all) {
    Term pairs[] = {make_atom("name"), text_list(c.heap(), i.name), make_atom("addr"), encode_address(c.heap(), i.address)};
    out.push_back(map::from_pairs(c.heap(), pairs, 2));
  }
  return ok_tuple(c, list_of(c.heap(), out));
}

// Socket, Request, an interface's name or index: {ok, Value}
BIF(prim_socket, nif_ioctl, 3) {
  Claimed s(c);
  Word request;
  if (!s || !arith::to_uint64(c.arg(1), &request)) return badarg();
  if (s->closing) return error_tuple(c, closed_reason());
  if (request == sys::request_interface_name) return name_of_index(c, s->fd, c.arg(2));
  const InterfaceRequest* question = sys::find_interface_question(request);
  if (!question) return not_supported(c);
  std::string interface;
  InterfaceReply reply;
  if (!c.arg(2).is_list() || !file_list_text(c.arg(2), &interface)) return badarg();
  if (int error = sys::ask_interface(s->fd, *question, interface, &reply)) return error_tuple(c, error_reason(error));
  return ok_tuple(c, reply_term(c.heap(), question->value, reply));
}

// Socket, Request, an interface's name, Value: ok
BIF(prim_socket, nif_ioctl, 4) {
  Claimed s(c);
  Word request;
  if (!s || !arith::to_uint64(c.arg(1), &request)) return badarg();
  if (s->closing) return error_tuple(c, closed_reason());
  const InterfaceRequest* setting = sys::find_interface_setting(request);
  if (!setting) return not_supported(c);
  std::string interface;
  if (!c.arg(2).is_list() || !file_list_text(c.arg(2), &interface)) return badarg();
  return change(c, s->fd, *setting, interface, c.arg(3));
}

}  // namespace joist
