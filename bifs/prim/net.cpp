// prim_net: host names, services and interfaces for the module net. Look-ups block, so they run on the dirty I/O pool.
#include "bifs/list_builder.h"
#include "bifs/prim/socket/socket_object.h"
#include "vm/sys/net_names.h"
#include "vm/sys/resolve.h"
#include "vm/sys/socket_names.h"
#include "vm/term/arith.h"
#include "vm/term/bits.h"
#include "vm/term/map.h"

namespace joist {

using prim_socket::decode_address;
using prim_socket::encode_address;
using prim_socket::error_reason;
using prim_socket::error_tuple;
using prim_socket::name_or_number;
using prim_socket::ok_tuple;

namespace {

// A list of Latin-1 characters; false for others and for embedded zeros.
bool text_of(Term list, std::string* out) {
  for (; list.is_cons(); list = list.as_cons()->tail) {
    Term ch = list.as_cons()->head;
    if (!ch.is_small() || ch.small_value() < 1 || ch.small_value() > 255) return false;
    out->push_back(char(ch.small_value()));
  }
  return list.is_nil();
}

// undefined, or a text.
bool optional_text(Term t, std::string* out, bool* given) {
  *given = !t.same(atom::undefined);
  return !*given || text_of(t, out);
}

}  // namespace

BIF(prim_net, nif_info, 0) { return map::empty(); }

BIF(prim_net, nif_gethostname, 0) {
  std::string name;
  if (int error = sys::host_name(&name)) return error_tuple(c, error_reason(error));
  return ok_tuple(c, text_to_list(c.heap(), name));
}

// Host, service, hints (not used): {ok, [#{family, type, protocol, addr}]}
// kind: DirtyIo
BIF(prim_net, nif_getaddrinfo, 3) {
  std::string host, service;
  bool has_host, has_service;
  if (!optional_text(c.arg(0), &host, &has_host) || !optional_text(c.arg(1), &service, &has_service)) return badarg();
  if (!has_host && !has_service) return badarg();
  std::vector<sys::AddressInfo> all;
  if (const char* error = sys::address_info(has_host ? &host : nullptr, has_service ? &service : nullptr, &all))
    return error_tuple(c, make_atom(error));
  std::vector<Term> found;
  for (const sys::AddressInfo& a : all) {
    Term pairs[] = {make_atom("family"), name_or_number(sys::domain_name(a.domain), a.domain), make_atom("type"),
                    name_or_number(sys::type_name(a.type), a.type), make_atom("protocol"), Term::small(a.protocol), make_atom("addr"),
                    encode_address(c.heap(), a.address)};
    found.push_back(map::from_pairs(c.heap(), pairs, 4));
  }
  return ok_tuple(c, list_of(c.heap(), found));
}

// Address, flags: {ok, #{host, service}}
// kind: DirtyIo
BIF(prim_net, nif_getnameinfo, 2) {
  sys::SocketAddress address;
  if (!decode_address(c.arg(0), &address)) return error_tuple(c, make_atom("einval"));
  std::vector<std::string> flags;
  Term list = c.arg(1);
  if (!list.same(atom::undefined)) {
    for (; list.is_cons(); list = list.as_cons()->tail) {
      if (!list.as_cons()->head.is_atom()) return badarg();
      flags.emplace_back(atom_text(list.as_cons()->head));
    }
    if (!list.is_nil()) return badarg();
  }
  std::string host, service;
  const char* error = "badarg";
  if (!sys::name_info(address, flags, &host, &service, &error)) return error ? NativeResult(error_tuple(c, make_atom(error))) : badarg();
  Term pairs[] = {make_atom("host"), text_to_list(c.heap(), host), make_atom("service"), text_to_list(c.heap(), service)};
  return ok_tuple(c, map::from_pairs(c.heap(), pairs, 2));
}

namespace {

Term link_term(NativeCall& c, const sys::LinkAddress& a) {
  Term pairs[] = {make_atom("family"), make_atom("packet"), make_atom("protocol"), Term::small(a.protocol), make_atom("ifindex"),
                  Term::small(a.interface_index), make_atom("hatype"), name_or_number(sys::hardware_type_name(a.hardware_type), a.hardware_type),
                  make_atom("pkttype"), name_or_number(sys::packet_type_name(a.packet_type), a.packet_type), make_atom("addr"),
                  bits::from_text(c.heap(), a.bytes)};
  return map::from_pairs(c.heap(), pairs, 6);
}

// #{name, flags, addr, netmask, broadaddr | dstaddr}: what the interface has of them.
Term interface_term(NativeCall& c, const sys::InterfaceAddress& a) {
  std::vector<Term> pairs;
  auto put = [&](const char* key, Term value) {
    pairs.push_back(make_atom(key));
    pairs.push_back(value);
  };
  put("name", text_to_list(c.heap(), a.name));
  ListBuilder flags(c.heap(), a.flag_names.size());
  for (const char* f : a.flag_names) flags.push(make_atom(f));
  put("flags", flags.finish());
  if (a.link.known) put("addr", link_term(c, a.link));
  else if (a.address.size) put("addr", encode_address(c.heap(), a.address));
  if (a.netmask.size) put("netmask", encode_address(c.heap(), a.netmask));
  if (a.destination.size) put("dstaddr", encode_address(c.heap(), a.destination));
  if (a.link_broadcast.known) put("broadaddr", link_term(c, a.link_broadcast));
  else if (a.broadcast.size) put("broadaddr", encode_address(c.heap(), a.broadcast));
  return map::from_pairs(c.heap(), pairs.data(), pairs.size() / 2);
}

}  // namespace

// #{netns => Path}, which is not there, or #{}: {ok, [Interface]}
BIF(prim_net, nif_getifaddrs, 1) {
  if (!is_map(c.arg(0))) return badarg();
  if (map::get(c.arg(0), make_atom("netns")).is_value()) return error_tuple(c, make_atom("enotsup"));
  std::vector<sys::InterfaceAddress> all;
  if (int error = sys::interface_addresses(&all)) return error_tuple(c, error_reason(error));
  std::vector<Term> found;
  for (const sys::InterfaceAddress& a : all) found.push_back(interface_term(c, a));
  return ok_tuple(c, list_of(c.heap(), found));
}

BIF(prim_net, nif_if_name2index, 1) {
  std::string name;
  if (!text_of(c.arg(0), &name)) return error_tuple(c, make_atom("einval"));
  int error;
  unsigned index = sys::interface_index(name, &error);
  return index ? ok_tuple(c, Term::small(index)) : error_tuple(c, error_reason(error));
}

BIF(prim_net, nif_if_index2name, 1) {
  Word index;
  if (!arith::to_uint64(c.arg(0), &index) || index > UINT32_MAX) return badarg();
  std::string name;
  if (!sys::interface_name(unsigned(index), &name)) return error_tuple(c, make_atom("enxio"));
  return ok_tuple(c, text_to_list(c.heap(), name));
}

// {ok, [{Index, Name}]}
BIF(prim_net, nif_if_names, 0) {
  std::vector<Term> found;
  for (auto& [index, name] : sys::interfaces()) {
    Term text = text_to_list(c.heap(), name);
    found.push_back(c.heap().reserve(Words(3)).tuple(Term::small(index), text));
  }
  return ok_tuple(c, list_of(c.heap(), found));
}

}  // namespace joist
