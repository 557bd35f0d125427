// Asking terms what they are, and taking them apart.
#include <cstring>

#include "vm/base/utf8.h"
#include "vm/nif/env.h"
#include "vm/term/arith.h"
#include "vm/term/bits.h"
#include "vm/term/compare.h"
#include "vm/term/hash.h"
#include "vm/term/list_util.h"

namespace joist::nif {

ENIF(int, is_atom)(Env*, Term t) { return t.is_atom(); }
ENIF(int, is_binary)(Env*, Term t) { return is_bits(t) && bits::size_bits(t) % 8 == 0; }
ENIF(int, is_ref)(Env*, Term t) { return is_ref(t); }
ENIF(int, is_fun)(Env*, Term t) { return is_fun(t); }
ENIF(int, is_pid)(Env*, Term t) { return is_pid(t); }
ENIF(int, is_port)(Env*, Term t) { return is_port(t); }
ENIF(int, is_list)(Env*, Term t) { return t.is_list(); }
ENIF(int, is_empty_list)(Env*, Term t) { return t.is_nil(); }
ENIF(int, is_tuple)(Env*, Term t) { return t.is<Tuple>(); }
ENIF(int, is_map)(Env*, Term t) { return is_map(t); }
ENIF(int, is_number)(Env*, Term t) { return is_number(t); }
ENIF(TermType, term_type)(Env*, Term t) {
  if (t.is_atom()) return type_atom;
  if (is_integer(t)) return type_integer;
  if (t.is_list()) return type_list;
  if (t.is<Tuple>()) return type_tuple;
  if (is_bits(t)) return type_bitstring;
  if (is_map(t)) return type_map;
  if (is_float(t)) return type_float;
  if (is_fun(t)) return type_fun;
  if (is_pid(t)) return type_pid;
  if (is_port(t)) return type_port;
  if (is_ref(t)) return type_reference;
  PANIC("enif_term_type: %lx is no term", t.raw());
}

ENIF(int, is_identical)(Term a, Term b) { return terms_equal(a, b); }
ENIF(int, compare)(Term a, Term b) {
  int order = compare_terms(a, b);
  return (order > 0) - (order < 0);
}
ENIF(uint64_t, hash)(HashType type, Term t, uint64_t salt) {
  constexpr uint32_t phash2_bits = (1 << 27) - 1;
  return type == hash_phash2 ? phash2(t) & phash2_bits : internal_hash(t, uint32_t(salt));
}

// ---- numbers
namespace {

template <class T>
int get_signed(Term t, T* out) {
  SWord value;
  if (!arith::to_int64(t, &value) || SWord(T(value)) != value) return 0;
  *out = T(value);
  return 1;
}
template <class T>
int get_unsigned(Term t, T* out) {
  Word value;
  if (!arith::to_uint64(t, &value) || Word(T(value)) != value) return 0;
  *out = T(value);
  return 1;
}

}  // namespace

ENIF(int, get_int)(Env*, Term t, int* out) { return get_signed(t, out); }
ENIF(int, get_long)(Env*, Term t, long* out) { return get_signed(t, out); }
ENIF(int, get_uint)(Env*, Term t, unsigned* out) { return get_unsigned(t, out); }
ENIF(int, get_ulong)(Env*, Term t, unsigned long* out) { return get_unsigned(t, out); }
ENIF(int, get_double)(Env*, Term t, double* out) {
  if (!is_float(t)) return 0;
  *out = float_value(t);
  return 1;
}

// ---- atoms: libraries see them in Latin-1 only
ENIF(int, get_atom_length)(Env*, Term t, unsigned* length, Encoding) {
  if (!t.is_atom() || !atom_is_latin1(t)) return 0;
  *length = unsigned(atom_characters(t));
  return 1;
}
ENIF(int, get_atom)(Env*, Term t, char* buffer, unsigned size, Encoding) {
  if (!t.is_atom() || !atom_is_latin1(t) || atom_characters(t) >= size) return 0;
  auto text = atom_text(t);
  char* to = buffer;
  for (size_t i = 0; i < text.size(); i++) {
    uint8_t byte = uint8_t(text[i]);
    *to++ = char(byte < 0x80 ? byte : (byte << 6) | (uint8_t(text[++i]) & 0x3f));
  }
  *to = 0;
  return int(to - buffer) + 1;
}

// ---- lists and tuples
ENIF(int, get_list_cell)(Env*, Term t, Term* head, Term* tail) {
  if (!t.is_cons()) return 0;
  *head = t.as_cons()->head;
  *tail = t.as_cons()->tail;
  return 1;
}
ENIF(int, get_list_length)(Env*, Term t, unsigned* length) {
  list::Length all(t);
  all.step(~size_t(0));
  if (!all.proper()) return 0;
  *length = unsigned(all.count);
  return 1;
}
ENIF(int, get_tuple)(Env*, Term t, int* arity, const Term** elements) {
  auto tuple = t.as<Tuple>();
  if (!tuple) return 0;
  *arity = int(tuple->arity());
  *elements = tuple->elements;
  return 1;
}
// What fits, and a 0. The bytes written, 0 included; negative: cut; 0: no list of bytes.
ENIF(int, get_string)(Env*, Term t, char* buffer, unsigned size, Encoding) {
  if (size < 1) return 0;
  unsigned n = 0;
  for (; t.is_cons(); t = t.as_cons()->tail) {
    Term head = t.as_cons()->head;
    if (!head.is_small() || Word(head.small_value()) > 255) break;
    buffer[n++] = char(head.small_value());
    if (n == size) {
      buffer[n - 1] = 0;
      return -int(size);
    }
  }
  buffer[n] = 0;
  return t.is_nil() ? int(n) + 1 : 0;
}

// ---- pids and ports of this node
ENIF(int, get_local_pid)(Env*, Term t, Pid* pid) {
  if (!t.is_local_pid()) return 0;
  pid->term = t;
  return 1;
}
ENIF(int, get_local_port)(Env*, Term t, Port* port) {
  if (!t.is_local_port()) return 0;
  port->term = t;
  return 1;
}
ENIF(void, set_pid_undefined)(Pid* pid) { pid->term = atom::undefined; }
ENIF(int, is_pid_undefined)(const Pid* pid) { return pid->term.same(atom::undefined); }

}  // namespace joist::nif
