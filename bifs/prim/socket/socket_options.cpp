// prim_socket: options of the socket itself (level otp), and the system's by the table of their kinds.
#include "bifs/list_builder.h"
#include "bifs/prim/socket/socket_object.h"
#include "vm/process/process_table.h"
#include "vm/sys/socket_names.h"
#include "vm/term/arith.h"
#include "vm/term/bits.h"
#include "vm/term/map.h"

#include <cstring>

namespace joist {

using namespace prim_socket;

namespace {

// prim_socket.erl's numbers of the level otp.
enum OwnOption : int {
  own_debug = 1001, own_io_wrap = 1002, own_owner = 1003, own_receive_buffer = 1004, own_receive_control = 1006, own_send_control = 1007,
  own_descriptor = 1008, own_meta = 1009, own_use_registry = 1010, own_domain = 1999,
};

constexpr size_t default_buffer = 8192, default_control = 1024;
constexpr size_t longest_text = 255;

NativeResult bad_value(NativeCall& c) { return invalid_tuple(c, make_atom("value")); }

bool bool_of(Term t, bool* out) {
  *out = t.same(atom::true_);
  return *out || t.same(atom::false_);
}

// A size, or `default`.
bool size_of(Term t, size_t otherwise, size_t* out) {
  if (t.same(make_atom("default"))) return *out = otherwise, true;
  if (!t.is_small() || t.small_value() <= 0) return false;
  *out = size_t(t.small_value());
  return true;
}

NativeResult set_own(NativeCall& c, Socket& s, int option, Term value) {
  switch (option) {
    case own_debug: return bool_of(value, &s.debug) ? NativeResult(atom::ok) : bad_value(c);
    case own_io_wrap: return bool_of(value, &s.io_wrap) ? NativeResult(atom::ok) : bad_value(c);
    case own_owner:
      if (!s.owner.is_value() || !s.owner.same(c.process.pid)) return invalid_error(c, make_atom("not_owner"));
      if (!value.is_local_pid()) return bad_value(c);
      if (!find_process(value)) return error_tuple(c, make_atom("einval"));
      set_owner(s, value);
      return atom::ok;
    case own_receive_buffer: {
      auto pair = value.as<Tuple>();
      if (!pair) {
        if (!size_of(value, default_buffer, &s.receive_buffer)) return bad_value(c);
        s.receive_count = 0;
        return atom::ok;
      }
      bool good = pair->arity() == 2 && pair->at(0).is_small() && pair->at(0).small_value() > 0 && s.kind == sys::type_number("stream");
      if (!good || !size_of(pair->at(1), default_buffer, &s.receive_buffer)) return bad_value(c);
      s.receive_count = unsigned(pair->at(0).small_value());
      return atom::ok;
    }
    case own_receive_control: return size_of(value, default_control, &s.receive_control) ? NativeResult(atom::ok) : bad_value(c);
    case own_send_control: return size_of(value, default_control, &s.send_control) ? NativeResult(atom::ok) : bad_value(c);
    case own_use_registry: {
      bool on;
      if (!bool_of(value, &on)) return bad_value(c);
      if (on && !s.use_registry) {
        s.use_registry = true;
        tell_registry(s, "add");
      } else if (!on && s.use_registry) {
        tell_registry(s, "del");
        s.use_registry = false;
      }
      return atom::ok;
    }
    case own_meta:
      if (!s.owner.is_value() || !s.owner.same(c.process.pid)) return invalid_error(c, make_atom("not_owner"));
      if (s.meta.fragment) HeapFragment::destroy_chain(s.meta.fragment);
      s.meta.set(value);
      return atom::ok;
    default: return invalid_tuple(c, make_atom("socket_option"));
  }
}

NativeResult get_own(NativeCall& c, Socket& s, int option) {
  switch (option) {
    case own_debug: return ok_tuple(c, boolean(s.debug));
    case own_io_wrap: return ok_tuple(c, boolean(s.io_wrap));
    case own_owner: return ok_tuple(c, s.owner.is_value() ? s.owner : atom::undefined);
    case own_receive_buffer: {
      Term size = Term::small(SWord(s.receive_buffer));
      return ok_tuple(c, s.receive_count ? c.heap().reserve(Words(3)).tuple(Term::small(s.receive_count), size) : size);
    }
    case own_receive_control: return ok_tuple(c, Term::small(SWord(s.receive_control)));
    case own_send_control: return ok_tuple(c, Term::small(SWord(s.send_control)));
    case own_descriptor: return ok_tuple(c, Term::small(s.fd));
    case own_use_registry: return ok_tuple(c, boolean(s.use_registry));
    case own_domain: {
      const char* name = sys::domain_name(s.domain);
      return ok_tuple(c, name_or_number(name, s.domain));
    }
    case own_meta: {
      if (!s.meta.term.is_value()) return ok_tuple(c, atom::undefined);
      HeapWriter w = c.heap().reserve(Words(copy_size(s.meta.term)));
      return ok_tuple(c, copy_into(s.meta.term, w));
    }
    default: return invalid_tuple(c, make_atom("socket_option"));
  }
}


int int_of(const std::string& bytes) {
  int value = 0;
  if (bytes.size() == 1) return uint8_t(bytes[0]);
  memcpy(&value, bytes.data(), std::min(bytes.size(), sizeof value));
  return value;
}

struct NamedValue {
  const char* name;
  int value;
};
constexpr NamedValue services[] = {{"lowdelay", 0x10}, {"throughput", 0x08}, {"reliability", 0x04}, {"mincost", 0x02}};
constexpr NamedValue discoveries[] = {{"dont", 0}, {"want", 1}, {"do", 2}, {"probe", 3}};

template <size_t N>
bool named_value(const NamedValue (&table)[N], Term t, int* out) {
  if (t.is_small()) return *out = int(t.small_value()), true;
  for (const NamedValue& v : table)
    if (t.same(make_atom(v.name))) return *out = v.value, true;
  return false;
}
template <size_t N>
Term value_name(const NamedValue (&table)[N], int value) {
  for (const NamedValue& v : table)
    if (v.value == value) return make_atom(v.name);
  return Term::small(value);
}

// An IPv4 address: a tuple, any or loopback.
bool ip_of(Heap& heap, Term t, const char* family, std::string* out) {
  sys::SocketAddress address;
  Term pairs[] = {make_atom("family"), make_atom(family), make_atom("addr"), t, make_atom("port"), Term::small(0),
                  make_atom("flowinfo"), Term::small(0), make_atom("scope_id"), Term::small(0)};
  if (!decode_address(map::from_pairs(heap, pairs, 5), &address)) return false;
  *out = address.ip();
  return true;
}

// #{multiaddr, interface, sourceaddr}
NativeResult set_source_membership(NativeCall& c, Socket& s, const sys::NamedOption& o, Term value) {
  std::string ips[3];
  const char* keys[] = {"multiaddr", "interface", "sourceaddr"};
  if (!is_map(value)) return bad_value(c);
  for (size_t i = 0; i < 3; i++) {
    Term t = map::get(value, make_atom(keys[i]));
    if (!t.is_value() || !ip_of(c.heap(), t, "inet", &ips[i])) return bad_value(c);
  }
  return done(c, sys::change_source_membership(s.fd, o.number, ips[0].data(), ips[1].data(), ips[2].data()));
}

// #{multiaddr, interface}
NativeResult set_membership(NativeCall& c, Socket& s, const sys::NamedOption& o, Term value) {
  bool v6 = o.kind == sys::OptionKind::Membership6, join = strncmp(o.name, "add", 3) == 0;
  if (!is_map(value)) return bad_value(c);
  Term group = map::get(value, make_atom("multiaddr")), interface = map::get(value, make_atom("interface"));
  std::string ip, own;
  if (!group.is_value() || !interface.is_value() || !ip_of(c.heap(), group, v6 ? "inet6" : "inet", &ip)) return bad_value(c);
  if (v6) {
    if (!interface.is_small()) return bad_value(c);
    return done(c, sys::change_membership6(s.fd, join, uint32_t(interface.small_value()), ip.data()));
  }
  if (!ip_of(c.heap(), interface, "inet", &own)) return bad_value(c);
  return done(c, sys::change_membership(s.fd, join, 0, ip.data(), own.data()));
}

// The system's form of a value; false when it is none of the option's kind.
bool encode_value(NativeCall& c, const sys::NamedOption& o, Term value, std::string* out) {
  using Kind = sys::OptionKind;
  bool on;
  int n;
  SWord wide;
  switch (o.kind) {
    case Kind::Bool: return bool_of(value, &on) && (*out = int_bytes(on), true);
    case Kind::Int:
      if (!arith::to_int64(value, &wide) || wide != int(wide)) return false;
      return *out = int_bytes(int(wide)), true;
    case Kind::Tos: return decode_service(value, &n) && (*out = int_bytes(n), true);
    case Kind::Discover: return named_value(discoveries, value, &n) && (*out = int_bytes(n), true);
    case Kind::Address: return ip_of(c.heap(), value, "inet", out);
    case Kind::Family:
      n = number_of(value, sys::domain_number);
      return n >= 0 && (*out = int_bytes(n), true);
    case Kind::Text:
      for (; value.is_cons() && out->size() < longest_text; value = value.as_cons()->tail) {
        Term ch = value.as_cons()->head;
        if (!ch.is_small() || Word(ch.small_value()) > 255) return false;
        out->push_back(char(ch.small_value()));
      }
      return value.is_nil();
    case Kind::Linger: {
      if (value.same(make_atom("abort"))) return *out = int_bytes(1) + int_bytes(0), true;
      if (!is_map(value)) return false;
      Term onoff = map::get(value, make_atom("onoff")), seconds = map::get(value, make_atom("linger"));
      if (!onoff.is_value() || !seconds.is_value() || !bool_of(onoff, &on) || !seconds.is_small() || seconds.small_value() < 0) return false;
      return *out = int_bytes(on) + int_bytes(int(seconds.small_value())), true;
    }
    default: return false;
  }
}

Term decode_value(NativeCall& c, const Socket& s, const sys::NamedOption& o, const std::string& bytes) {
  using Kind = sys::OptionKind;
  switch (o.kind) {
    case Kind::Bool: return boolean(int_of(bytes) != 0);
    case Kind::Text: return text_to_list(c.heap(), std::string_view(bytes).substr(0, bytes.find('\0')));
    case Kind::Tos: return encode_service(int_of(bytes));
    case Kind::Discover: return value_name(discoveries, int_of(bytes));
    case Kind::Domain: case Kind::Type: {
      const char* name = o.kind == Kind::Type ? sys::type_name(int_of(bytes)) : sys::domain_name(int_of(bytes));
      return name_or_number(name, int_of(bytes));
    }
    case Kind::Protocol: {
      // Local sockets have none, and its number is that of ip.
      bool none = int_of(bytes) == 0 && s.domain == sys::domain_number("local");
      return none ? make_atom("default") : Term::small(int_of(bytes));
    }
    case Kind::Linger: {
      Term pairs[] = {make_atom("onoff"), boolean(int_of(bytes) != 0), make_atom("linger"), Term::small(int_of(bytes.substr(sizeof(int))))};
      return map::from_pairs(c.heap(), pairs, 2);
    }
    case Kind::Address: return encode_ip(c.heap(), bytes);
    case Kind::PacketOptions: return encode_control(c.heap(), bytes);
    default: return Term::small(int_of(bytes));
  }
}

// Room for what the system answers; 0: the option cannot be asked for.
size_t answer_size(const Socket& s, sys::OptionKind kind) {
  using Kind = sys::OptionKind;
  switch (kind) {
    case Kind::Text: return longest_text;
    case Kind::Linger: return 2 * sizeof(int);
    case Kind::PacketOptions: return s.receive_control;
    case Kind::SourceMembership: case Kind::Family: return 0;
    default: return sizeof(int);
  }
}

// Level: otp, socket or a number.
bool level_of(Term t, bool* own, int* level) {
  *own = t.same(make_atom("otp"));
  if (t.same(make_atom("socket"))) *level = sys::socket_level();
  else if (t.is_small()) *level = int(t.small_value());
  else return *own;
  return true;
}

}  // namespace

namespace prim_socket {
bool decode_service(Term t, int* out) { return named_value(services, t, out); }
Term encode_service(int value) { return value_name(services, value); }
}  // namespace prim_socket

// S, level, option, value, 1 for a value in the system's form
BIF(prim_socket, nif_setopt, 5) {
  Claimed s(c);
  bool own;
  int level = 0;
  if (!s || !level_of(c.arg(1), &own, &level) || !c.arg(2).is_small() || !c.arg(4).is_small()) return badarg();
  if (s->closing) return error_tuple(c, closed_reason());
  int option = int(c.arg(2).small_value());
  Term value = c.arg(3);
  if (own) return set_own(c, *s, option, value);
  std::string bytes;
  if (c.arg(4).small_value() != 0) {
    bool on;
    if (is_bits(value)) bytes = bits::AlignedBytes(value).text();
    else if (bool_of(value, &on)) bytes = int_bytes(on);
    else if (value.is_small()) bytes = int_bytes(int(value.small_value()));
    else return bad_value(c);
    return done(c, sys::set_raw_option(s->fd, level, option, bytes));
  }
  const sys::NamedOption* o = sys::find_named_option(level, option);
  if (!o) return invalid_tuple(c, make_atom("socket_option"));
  if (o->kind == sys::OptionKind::Membership || o->kind == sys::OptionKind::Membership6) return set_membership(c, *s, *o, value);
  if (o->kind == sys::OptionKind::SourceMembership) return set_source_membership(c, *s, *o, value);
  if (o->kind == sys::OptionKind::PacketOptions) return invalid_tuple(c, make_atom("socket_option"));
  if (!encode_value(c, *o, value, &bytes)) return bad_value(c);
  return done(c, sys::set_raw_option(s->fd, level, option, bytes));
}

BIF(prim_socket, nif_getopt, 3) {
  Claimed s(c);
  bool own;
  int level = 0;
  if (!s || !level_of(c.arg(1), &own, &level) || !c.arg(2).is_small()) return badarg();
  if (s->closing) return error_tuple(c, closed_reason());
  int option = int(c.arg(2).small_value());
  if (own) return get_own(c, *s, option);
  const sys::NamedOption* o = sys::find_named_option(level, option);
  if (!o) return invalid_tuple(c, make_atom("socket_option"));
  std::string bytes(answer_size(*s, o->kind), 0);
  if (bytes.empty()) return invalid_tuple(c, make_atom("socket_option"));
  if (int error = sys::get_raw_option(s->fd, level, option, &bytes)) return error_tuple(c, error_reason(error));
  return ok_tuple(c, decode_value(c, *s, *o, bytes));
}

// S, level, option, what the answer is to be: integer, boolean, a size, or bytes that the system reads first
BIF(prim_socket, nif_getopt, 4) {
  Claimed s(c);
  bool own;
  int level = 0;
  Term form = c.arg(3);
  if (!s || !level_of(c.arg(1), &own, &level) || own || !c.arg(2).is_small()) return badarg();
  if (s->closing) return error_tuple(c, closed_reason());
  bool integer = form.same(make_atom("integer")), truth = form.same(make_atom("boolean"));
  std::string bytes(sizeof(int), 0);
  if (is_bits(form)) bytes = bits::AlignedBytes(form).text();
  else if (form.is_small() && form.small_value() >= 0) bytes.assign(size_t(form.small_value()), 0);
  else if (!integer && !truth) return bad_value(c);
  if (int error = sys::get_raw_option(s->fd, level, int(c.arg(2).small_value()), &bytes)) return error_tuple(c, error_reason(error));
  if (integer) return ok_tuple(c, Term::small(int_of(bytes)));
  if (truth) return ok_tuple(c, boolean(int_of(bytes) != 0));
  return ok_tuple(c, bits::from_text(c.heap(), bytes));
}

}  // namespace joist
