// Addresses of the module socket: #{family := inet, addr, port}, #{family := inet6, …, flowinfo, scope_id}, #{family := local, path}.
#include "bifs/prim/socket/socket_object.h"
#include "vm/term/arith.h"
#include "vm/term/bits.h"
#include "vm/term/map.h"

namespace joist::prim_socket {
namespace {

struct Names {
  Term family = make_atom("family"), addr = make_atom("addr"), port = make_atom("port"), flowinfo = make_atom("flowinfo");
  Term scope_id = make_atom("scope_id"), path = make_atom("path"), inet = make_atom("inet"), inet6 = make_atom("inet6");
  Term local = make_atom("local"), unspec = make_atom("unspec"), any = make_atom("any"), loopback = make_atom("loopback");
  Term broadcast = make_atom("broadcast");
};
const Names& names() {
  static const Names n;
  return n;
}

// Elements of a tuple as numbers of `width` bytes each, most significant first.
bool decode_ip(Term t, size_t count, size_t width, uint8_t* out) {
  auto tuple = t.as<Tuple>();
  if (!tuple || tuple->arity() != count) return false;
  for (size_t i = 0; i < count; i++) {
    Term e = tuple->at(i);
    if (!e.is_small() || e.small_value() < 0 || e.small_value() >> (8 * width)) return false;
    for (size_t b = 0; b < width; b++) out[i * width + b] = uint8_t(e.small_value() >> (8 * (width - 1 - b)));
  }
  return true;
}

bool number(Term map, Term key, int64_t most, int64_t* out) {
  Term t = map::get(map, key);
  SWord n;
  if (!t.is_value() || !arith::to_int64(t, &n) || n < 0 || n > most) return false;
  *out = n;
  return true;
}

}  // namespace

NativeResult done(NativeCall& c, int error) { return error ? NativeResult(error_tuple(c, error_reason(error))) : atom::ok; }

Term name_or_number(const char* name, int number) { return name ? make_atom(name) : Term::small(number); }

std::string int_bytes(int value) { return std::string(reinterpret_cast<const char*>(&value), sizeof value); }

int number_of(Term t, int (*by_name)(const std::string&)) {
  if (t.is_small()) return int(t.small_value());
  return t.is_atom() ? by_name(std::string(atom_text(t))) : -1;
}

bool decode_address(Term t, sys::SocketAddress* out) {
  const Names& n = names();
  if (!is_map(t)) return false;
  Term family = map::get(t, n.family);
  if (!family.is_value()) return false;
  int64_t port = 0, flow = 0, scope = 0;
  if (family.same(n.inet)) {
    uint8_t ip[4] = {};
    Term addr = map::get(t, n.addr);
    if (!addr.is_value() || !number(t, n.port, 65535, &port)) return false;
    if (addr.same(n.loopback)) ip[0] = 127, ip[3] = 1;
    else if (addr.same(n.broadcast)) ip[0] = ip[1] = ip[2] = ip[3] = 255;
    else if (!addr.same(n.any) && !decode_ip(addr, 4, 1, ip)) return false;
    *out = sys::SocketAddress::inet(ip, uint16_t(port));
    return true;
  }
  if (family.same(n.inet6)) {
    uint8_t ip[16] = {};
    Term addr = map::get(t, n.addr);
    if (!addr.is_value() || !number(t, n.port, 65535, &port) || !number(t, n.flowinfo, UINT32_MAX, &flow) ||
        !number(t, n.scope_id, UINT32_MAX, &scope)) {
      return false;
    }
    if (addr.same(n.loopback)) ip[15] = 1;
    else if (!addr.same(n.any) && !decode_ip(addr, 8, 2, ip)) return false;
    *out = sys::SocketAddress::inet6(ip, uint16_t(port), uint32_t(flow), uint32_t(scope));
    return true;
  }
  if (family.same(n.local)) {
    Term path = map::get(t, n.path);
    if (!path.is_value() || !is_bits(path)) return false;
    bits::AlignedBytes bytes(path);
    return sys::SocketAddress::local(bytes.text(), out);
  }
  return false;
}

Term encode_ip(Heap& heap, std::string_view bytes) {
  size_t width = bytes.size() == 4 ? 1 : 2;
  HeapWriter w = heap.reserve(Words(1 + bytes.size() / width));
  Tuple* t = w.tuple_of(bytes.size() / width);
  for (size_t i = 0; i < t->arity(); i++) {
    SWord value = 0;
    for (size_t b = 0; b < width; b++) value = value << 8 | uint8_t(bytes[i * width + b]);
    t->elements[i] = Term::small(value);
  }
  return Term::boxed(reinterpret_cast<const Word*>(t));
}

Term encode_address(Heap& heap, const sys::SocketAddress& a) {
  const Names& n = names();
  Term port = Term::small(a.port());
  switch (a.family()) {
    case sys::AddressFamily::Inet: {
      Term pairs[] = {n.family, n.inet, n.port, port, n.addr, encode_ip(heap, a.ip())};
      return map::from_pairs(heap, pairs, 3);
    }
    case sys::AddressFamily::Inet6: {
      Term pairs[] = {n.family, n.inet6, n.port, port, n.addr, encode_ip(heap, a.ip()), n.flowinfo, Term::small(sys::flow_info(a)), n.scope_id,
                      Term::small(sys::scope_id(a))};
      return map::from_pairs(heap, pairs, 5);
    }
    case sys::AddressFamily::Local: {
      Term pairs[] = {n.family, n.local, n.path, bits::from_text(heap, a.path())};
      return map::from_pairs(heap, pairs, 2);
    }
    default: {
      bool unspec = a.family() == sys::AddressFamily::Unspec;
      Term pairs[] = {n.family, unspec ? n.unspec : Term::small(sys::system_family_of(a)), n.addr, bits::from_text(heap, {})};
      return map::from_pairs(heap, pairs, 2);
    }
  }
}

}  // namespace joist::prim_socket
