// erts_internal:term_type/1: how a term is represented, in OTP's words.
#include "bifs/bif.h"
#include "vm/term/bits.h"
#include "vm/term/otp_terms.h"

namespace joist {
namespace {

Term bits_type(Term t) {
  if (t.is<SubBits>() || bits::size_bits(t) % 8 != 0) return atom::sub_binary;
  return t.is<RefcBits>() ? atom::refc_binary : atom::heap_binary;
}

}  // namespace

BIF(erts_internal, term_type, 1) {
  Term t = c.arg(0);
  if (t.is_small()) return is_bignum_in_otp(t) ? atom::bignum : atom::fixnum;
  if (t.is_atom()) return atom::atom_;
  if (t.is_nil()) return atom::nil_;
  if (t.is_cons()) return atom::list;
  if (t.is_inline_float()) return atom::hfloat;
  if (t.is_local_pid()) return atom::pid;
  if (t.is_local_port()) return atom::port;
  if (!t.is_boxed()) return badarg();
  switch (header_kind(t.header())) {
    case Kind::Tuple: return atom::tuple;
    case Kind::FlatMap: return atom::flatmap;
    case Kind::MapRoot: return atom::hashmap;
    case Kind::MapNode: return atom::hashmap_node;
    case Kind::Fun: return atom::fun;
    case Kind::ExportFun: return atom::export_;
    case Kind::Float: return atom::hfloat;
    case Kind::Bignum: return atom::bignum;
    case Kind::Ref: case Kind::MagicRef: return atom::reference;
    case Kind::ExternalPid: return atom::external_pid;
    case Kind::ExternalPort: return atom::external_port;
    case Kind::ExternalRef: return atom::external_reference;
    case Kind::HeapBits: case Kind::RefcBits: case Kind::SubBits: return bits_type(t);
    default: return badarg();
  }
}

}  // namespace joist
