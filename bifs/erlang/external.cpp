// Terms to the external format and back.
#include "bifs/bif.h"
#include "vm/term/arith.h"
#include "vm/term/etf/etf.h"

namespace joist {
namespace {

enum class Target { Binary, List, Size };

bool encode_options(Term list, Target target, etf::EncodeOptions* out) {
  for (; list.is_cons(); list = list.as_cons()->tail) {
    Term option = list.as_cons()->head;
    if (target != Target::Size && option.same(atom::compressed)) {
      out->compressed = -1;
    } else if (target != Target::Size && option.same(atom::deterministic)) {
      out->deterministic = true;
    } else {
      auto pair = option.as<Tuple>();
      if (!pair || pair->arity() != 2 || !pair->at(1).is_small()) return false;
      SWord value = pair->at(1).small_value();
      if (pair->at(0).same(atom::minor_version)) {
        if (value < 0 || value > (target == Target::Size ? 1 : 2)) return false;
        out->minor_version = unsigned(value);
      } else if (target != Target::Size && pair->at(0).same(atom::compressed)) {
        if (value < 0 || value > 9) return false;
        out->compressed = int(value);
      } else {
        return false;
      }
    }
  }
  return list.is_nil();
}

struct EncodeState final : NativeState {
  etf::Encoder encoder;
  EncodeState(Term t, const etf::EncodeOptions& options) : encoder(t, options) {}
  void visit_roots(RootVisitor& visitor) override {
    size_t count;
    Term* terms = encoder.pending(&count);
    visitor.visit(terms, count);
  }
};

NativeResult encode(NativeCall& c, Target target, const etf::EncodeOptions& options) {
  auto* state = c.state<EncodeState>();
  if (!state) {
    state = new EncodeState(c.arg(0), options);
    c.set_state(state);
  }
  for (bool done = false; !done;) {
    size_t used = 0;
    done = state->encoder.step(1024, &used);
    c.charge(used / 8 + 1);
    if (!done && c.exhausted()) return c.again();
  }
  if (state->encoder.failed()) return system_limit();
  size_t size;
  SharedBytes* bytes = state->encoder.take(&size);
  Term binary;
  if (size <= HeapBits::max_bytes) {
    binary = bits::from_bytes(c.heap(), bytes->data, size);
    bytes->release();
  } else {
    binary = bits::from_shared(c.heap(), bytes, 0, size * 8);
  }
  return target == Target::Binary ? binary : c.heap().reserve(Words(2)).cons(binary, nil);
}

NativeResult encode_with_options(NativeCall& c, Target target) {
  etf::EncodeOptions options;
  return encode_options(c.arg(1), target, &options) ? encode(c, target, options) : badarg();
}

NativeResult decode(NativeCall& c, const etf::DecodeOptions& options, bool tell_used) {
  if (!is_bits(c.arg(0)) || bits::size_bits(c.arg(0)) % 8 != 0) return badarg();
  if (c.too_long(bits::size_bits(c.arg(0)) / (8 * 16))) return c.elsewhere();
  bits::AlignedBytes bytes(c.arg(0));
  auto decoded = etf::decode(c.heap(), bytes.data, bytes.size, options);
  if (!decoded) return decoded.error() == etf::DecodeError::SystemLimit ? system_limit() : badarg();
  c.charge(decoded->used / 32);
  if (!tell_used) return decoded->term;
  return c.heap().reserve(Words(3)).tuple(decoded->term, Term::small(SWord(decoded->used)));
}

}  // namespace

// kind: Yielding
BIF(erlang, term_to_binary, 1) { return encode(c, Target::Binary, {}); }
// kind: Yielding
BIF(erlang, term_to_binary, 2) { return encode_with_options(c, Target::Binary); }
// kind: Yielding
BIF(erlang, term_to_iovec, 1) { return encode(c, Target::List, {}); }
// kind: Yielding
BIF(erlang, term_to_iovec, 2) { return encode_with_options(c, Target::List); }

BIF(erlang, external_size, 1) { return arith::make_unsigned(c.heap(), etf::encoded_size(c.arg(0), {})); }
BIF(erlang, external_size, 2) {
  etf::EncodeOptions options;
  if (!encode_options(c.arg(1), Target::Size, &options)) return badarg();
  return arith::make_unsigned(c.heap(), etf::encoded_size(c.arg(0), options));
}

// kind: Long
BIF(erlang, binary_to_term, 1) { return decode(c, {}, false); }
// kind: Long
BIF(erlang, binary_to_term, 2) {
  etf::DecodeOptions options;
  bool tell_used = false;
  Term list = c.arg(1);
  for (; list.is_cons(); list = list.as_cons()->tail) {
    if (list.as_cons()->head.same(atom::safe)) options.safe = true;
    else if (list.as_cons()->head.same(atom::used)) tell_used = true;
    else return c.badarg(atom::badopt);
  }
  return list.is_nil() ? decode(c, options, tell_used) : c.badarg(atom::badopt);
}

}  // namespace joist
