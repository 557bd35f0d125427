// unicode: character data to UTF-8 and to lists. Short data is converted at once, other data in slices.
#include "bifs/bif.h"
#include "bifs/loop_limit.h"
#include "vm/code/export.h"
#include "vm/term/bits.h"
#include "vm/term/unicode_chars.h"

namespace joist {
namespace {

using unicode::Converter;
using unicode::Encoding;

constexpr size_t at_once = 8192;  // bytes of a binary

struct ConvertState final : NativeState {
  Converter converter;
  ConvertState(Term data, Encoding encoding) : converter(data, encoding) {}
  void visit_roots(RootVisitor& visitor) override {
    size_t count;
    Term* terms = converter.terms(&count);
    visitor.visit(terms, count);
  }
};

bool encoding_of(Term t, Encoding* out) {
  if (t.same(atom::latin1)) *out = Encoding::Latin1;
  else if (t.same(atom::unicode) || t.same(atom::utf8)) *out = Encoding::Utf8;
  else return false;
  return true;
}

// `at_once_fn` for short binaries; `end` makes the result of a finished converter.
NativeResult convert(NativeCall& c, Term data, Encoding encoding, Term (*at_once_fn)(Heap&, Term, Encoding),
                     Term (Converter::*end)(Heap&)) {
  auto* state = c.state<ConvertState>();
  if (!state) {
    if (is_bits(data) && bits::size_bits(data) <= at_once * 8 && !unicode_loop_limit.given()) {
      Term result = at_once_fn(c.heap(), data, encoding);
      c.charge(bits::size_bits(data) / 512 + 1);
      return result.is_value() ? NativeResult(result) : badarg();
    }
    state = new ConvertState(data, encoding);
    c.set_state(state);
    if (!state->converter.check()) return badarg();
  }
  for (;;) {
    size_t used = 0;
    bool done = state->converter.step(unicode_loop_limit.step(1024), &used);
    c.charge(used / 8 + 1);
    if (done) return (state->converter.*end)(c.heap());
    if (unicode_loop_limit.turn_is_over(c)) return c.again();
  }
}

}  // namespace

// kind: Yielding
BIF(unicode, characters_to_binary, 2) {
  Encoding encoding;
  if (!encoding_of(c.arg(1), &encoding))
    return c.trap(get_export(atom::unicode, atom::characters_to_binary_int, 2), c.arg(0), c.arg(1));
  Term data = c.arg(0);
  if (data.is_cons() && data.as_cons()->tail.is_nil() && is_bits(data.as_cons()->head)) data = data.as_cons()->head;
  bool as_it_is = is_bits(data) && (encoding == Encoding::Utf8 ? unicode::is_valid_utf8(data) : unicode::is_7bit(data));
  if (as_it_is) {
    c.charge(bits::size_bits(data) / 8192 + 1);
    return data;
  }
  return convert(c, data, encoding, unicode::characters_to_binary, &Converter::binary);
}

// kind: Yielding
BIF(unicode, characters_to_list, 2) {
  Encoding encoding;
  if (!encoding_of(c.arg(1), &encoding))
    return c.trap(get_export(atom::unicode, atom::characters_to_list_int, 2), c.arg(0), c.arg(1));
  return convert(c, c.arg(0), encoding, unicode::characters_to_list, &Converter::list);
}

BIF(unicode, bin_is_7bit, 1) {
  if (is_bits(c.arg(0))) c.charge(bits::size_bits(c.arg(0)) / 8192);
  return boolean(unicode::is_7bit(c.arg(0)));
}

}  // namespace joist
