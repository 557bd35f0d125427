// Atoms and numbers as text, and back.
#include <memory>
#include <string>

#include "bifs/bif.h"
#include "bifs/list_builder.h"
#include "vm/term/arith.h"
#include "vm/term/bits.h"
#include "vm/term/float_text.h"
#include "vm/base/utf8.h"

namespace joist {
namespace {

// Text of a list of characters 0..255 (Latin-1 bytes); false when it is anything else or longer than `limit`.
bool latin1_list(Term list, std::string* out, size_t limit = size_t(1) << 30) {
  for (; list.is_cons(); list = list.as_cons()->tail) {
    Term ch = list.as_cons()->head;
    if (!ch.is_small() || ch.small_value() < 0 || ch.small_value() > 255 || out->size() >= limit) return false;
    out->push_back(char(ch.small_value()));
  }
  return list.is_nil();
}

// ---- atoms

enum class Encoding { Latin1, Utf8, Bad };
Encoding encoding_of(Term t) {
  if (t.same(atom::utf8) || t.same(atom::unicode)) return Encoding::Utf8;
  if (t.same(atom::latin1)) return Encoding::Latin1;
  return Encoding::Bad;
}

// Characters of an atom's text as list.
Term atom_to_characters(Heap& heap, Term a) {
  ListBuilder out(heap, atom_characters(a));
  std::string_view text = atom_text(a);
  const uint8_t* p = reinterpret_cast<const uint8_t*>(text.data());
  const uint8_t* end = p + text.size();
  while (p < end) out.push(Term::small(utf8_decode_valid(&p)));
  return out.finish();
}

// Makes or finds the atom of a code point sequence given as UTF-8; sets *failure when it is not to be had.
Term intern(const std::string& utf8, size_t characters, bool existing, NativeResult* failure) {
  if (characters > max_atom_characters) {
    *failure = existing ? badarg() : system_limit();
    return Term();
  }
  Term a = existing ? find_atom(utf8) : make_atom(utf8);
  if (!a.is_value()) *failure = badarg();
  return a;
}

// Number of characters, but what is behind the most that an atom may have is not looked at; -1: not UTF-8.
SWord count_atom_characters(const uint8_t* p, size_t size) {
  constexpr SWord most = max_atom_characters;
  if (size > 4 * max_atom_characters) return most + 1;
  SWord n = 0;
  const uint8_t* end = p + size;
  for (; p < end && n < most; n++) {
    Utf8Step step = utf8_step(p, end);
    if (step.length <= 0) return -1;
    p += step.length;
  }
  return p < end ? most + 1 : n;
}

NativeResult list_to_atom(NativeCall& c, bool existing) {
  std::string utf8;
  size_t characters = 0;
  Term list = c.arg(0);
  for (; list.is_cons(); list = list.as_cons()->tail) {
    Term ch = list.as_cons()->head;
    if (!ch.is_small() || !is_unicode_scalar(ch.small_value())) return badarg();
    if (++characters > max_atom_characters) {
      // OTP looks at the whole list before it says that the atom is too long.
      SWord rest = proper_length(list);
      return rest < 0 || existing ? badarg() : system_limit();
    }
    utf8_append(&utf8, uint32_t(ch.small_value()));
  }
  if (!list.is_nil()) return badarg();
  NativeResult failure = badarg();
  Term a = intern(utf8, characters, existing, &failure);
  return a.is_value() ? NativeResult(a) : failure;
}

NativeResult binary_to_atom(NativeCall& c, bool existing) {
  if (!is_bits(c.arg(0)) || bits::size_bits(c.arg(0)) % 8 != 0) return badarg();
  Encoding encoding = encoding_of(c.arg(1));
  if (encoding == Encoding::Bad) return badarg();
  bits::AlignedBytes bytes(c.arg(0));
  std::string utf8;
  size_t characters = 0;
  if (encoding == Encoding::Latin1) {
    characters = bytes.size;
    if (characters <= max_atom_characters)
      for (char ch : bytes.text()) utf8_append(&utf8, uint8_t(ch));
  } else {
    SWord n = count_atom_characters(bytes.data, bytes.size);
    if (n < 0) return badarg();
    characters = n;
    if (characters <= max_atom_characters) utf8 = bytes.text();
  }
  NativeResult failure = badarg();
  Term a = intern(utf8, characters, existing, &failure);
  return a.is_value() ? NativeResult(a) : failure;
}

// ---- integers

// Base 2..36 of an argument, else 0.
unsigned base_of(Term t) {
  return t.is_small() && t.small_value() >= 2 && t.small_value() <= 36 ? unsigned(t.small_value()) : 0;
}

struct IntegerText {
  char inline_[80];
  std::unique_ptr<char[]> large;
  std::string_view view;
  IntegerText(Term integer, unsigned base) {
    size_t need = arith::integer_text_size(integer, base);
    char* out = inline_;
    if (need > sizeof inline_) {
      large = std::make_unique<char[]>(need);
      out = large.get();
    }
    view = {out, arith::integer_to_text(integer, base, out)};
  }
};

NativeResult integer_to_list(NativeCall& c, unsigned base) {
  if (!base || !is_integer(c.arg(0))) return badarg();
  IntegerText text(c.arg(0), base);
  c.charge(text.view.size() / 16);
  return text_to_list(c.heap(), text.view);
}
NativeResult integer_to_binary(NativeCall& c, unsigned base) {
  if (!base || !is_integer(c.arg(0))) return badarg();
  IntegerText text(c.arg(0), base);
  c.charge(text.view.size() / 16);
  return bits::from_text(c.heap(), text.view);
}

NativeResult parse_integer(NativeCall& c, std::string_view text, unsigned base) {
  bool too_large = false;
  c.charge(text.size() / 16);
  Term t = arith::text_to_integer(c.heap(), text, base, &too_large);
  if (t.is_value()) return t;
  return too_large ? system_limit() : badarg();
}
NativeResult list_to_integer(NativeCall& c, unsigned base) {
  std::string text;
  if (!base || !latin1_list(c.arg(0), &text)) return badarg();
  return parse_integer(c, text, base);
}
NativeResult binary_to_integer(NativeCall& c, unsigned base) {
  if (!base || !is_bits(c.arg(0)) || bits::size_bits(c.arg(0)) % 8 != 0) return badarg();
  bits::AlignedBytes bytes(c.arg(0));
  return parse_integer(c, bytes.text(), base);
}

bool is_digit(Term t) { return t.is_small() && t.small_value() >= '0' && t.small_value() <= '9'; }
bool is_character(Term t, char ch) { return t.same(Term::small(ch)); }

// The longest prefix of `list` that is an integer, appended to text; returns the rest.
Term integer_prefix(Term list, std::string* text) {
  Term at = list;
  if (at.is_cons() && (is_character(at.as_cons()->head, '+') || is_character(at.as_cons()->head, '-'))) {
    Term next = at.as_cons()->tail;
    if (!next.is_cons() || !is_digit(next.as_cons()->head)) return list;
    text->push_back(char(at.as_cons()->head.small_value()));
    at = next;
  }
  for (; at.is_cons() && is_digit(at.as_cons()->head); at = at.as_cons()->tail)
    text->push_back(char(at.as_cons()->head.small_value()));
  return at;
}

// ---- floats

NativeResult float_from(NativeCall& c, std::string_view text) {
  double d;
  if (!text_to_float(text, &d)) return badarg();
  return c.heap().reserve(Words(FloatBox::words)).float_(d);
}

// Formats with the options of float_to_list/2; false when they are bad. Text longer than the largest double is impossible.
bool format_float(NativeCall& c, std::string* out) {
  if (!is_float(c.arg(0))) return false;
  double d = float_value(c.arg(0));
  enum { Default, Short, Decimals, Scientific } how = Default;
  unsigned digits = 20;
  bool compact = false;
  Term options = c.arg(1);
  for (; options.is_cons(); options = options.as_cons()->tail) {
    Term option = options.as_cons()->head;
    if (option.same(atom::compact)) {
      compact = true;
    } else if (option.same(atom::short_)) {
      how = Short;
    } else if (auto t = option.as<Tuple>(); t && t->arity() == 2 && t->at(1).is_small()) {
      SWord n = t->at(1).small_value();
      if (t->at(0).same(atom::decimals) && n >= 0 && n <= 253) how = Decimals;
      else if (t->at(0).same(atom::scientific) && n >= 0 && n <= 249) how = Scientific;
      else return false;
      digits = unsigned(n);
    } else {
      return false;
    }
  }
  if (!options.is_nil()) return false;
  char text[256];  // OTP's buffer: what does not fit is badarg
  size_t n = 0;
  switch (how) {
    case Default: n = float_to_text_default(d, text); break;
    case Short: n = float_to_text_short(d, text); break;
    case Decimals: n = float_to_text_decimals(d, digits, compact, text, sizeof text); break;
    case Scientific: n = float_to_text_scientific(d, digits, text, sizeof text); break;
  }
  out->assign(text, n);
  return n > 0;
}

}  // namespace

BIF(erlang, atom_to_list, 1) { return c.arg(0).is_atom() ? NativeResult(atom_to_characters(c.heap(), c.arg(0))) : badarg(); }
BIF(erlang, list_to_atom, 1) { return list_to_atom(c, false); }
BIF(erlang, list_to_existing_atom, 1) { return list_to_atom(c, true); }
BIF(erlang, binary_to_atom, 2) { return binary_to_atom(c, false); }
BIF(erlang, binary_to_existing_atom, 2) { return binary_to_atom(c, true); }
BIF(erlang, atom_to_binary, 2) {
  Encoding encoding = encoding_of(c.arg(1));
  if (!c.arg(0).is_atom() || encoding == Encoding::Bad) return badarg();
  std::string_view text = atom_text(c.arg(0));
  if (encoding == Encoding::Utf8) return bits::from_text(c.heap(), text);
  if (!atom_is_latin1(c.arg(0))) return badarg();
  uint8_t latin1[max_atom_characters];
  size_t n = 0;
  const uint8_t* p = reinterpret_cast<const uint8_t*>(text.data());
  for (const uint8_t* end = p + text.size(); p < end;) latin1[n++] = uint8_t(utf8_decode_valid(&p));
  return bits::from_bytes(c.heap(), latin1, n);
}

BIF(erlang, integer_to_list, 1) { return integer_to_list(c, 10); }
BIF(erlang, integer_to_list, 2) { return integer_to_list(c, base_of(c.arg(1))); }
BIF(erlang, integer_to_binary, 1) { return integer_to_binary(c, 10); }
BIF(erlang, integer_to_binary, 2) { return integer_to_binary(c, base_of(c.arg(1))); }
BIF(erlang, list_to_integer, 1) { return list_to_integer(c, 10); }
BIF(erlang, list_to_integer, 2) { return list_to_integer(c, base_of(c.arg(1))); }
BIF(erlang, binary_to_integer, 1) { return binary_to_integer(c, 10); }
BIF(erlang, binary_to_integer, 2) { return binary_to_integer(c, base_of(c.arg(1))); }

// string:list_to_integer/1 → {Integer, Rest} | {error, no_integer | not_a_list}
BIF(string, list_to_integer, 1) {
  if (!c.arg(0).is_list()) return c.heap().reserve(Words(3)).tuple(atom::error, atom::not_a_list);
  std::string text;
  Term rest = integer_prefix(c.arg(0), &text);
  if (text.empty()) return c.heap().reserve(Words(3)).tuple(atom::error, atom::no_integer);
  bool too_large = false;
  Term value = arith::text_to_integer(c.heap(), text, 10, &too_large);
  if (!value.is_value()) return system_limit();
  return c.heap().reserve(Words(3)).tuple(value, rest);
}

// string:list_to_float/1 → {Float, Rest} | {error, no_float | not_a_list}
BIF(string, list_to_float, 1) {
  auto fail = [&](Term why) -> NativeResult { return c.heap().reserve(Words(3)).tuple(atom::error, why); };
  if (!c.arg(0).is_list()) return fail(atom::not_a_list);
  std::string text;
  Term at = integer_prefix(c.arg(0), &text);
  if (text.empty() || !at.is_cons() || !(is_character(at.as_cons()->head, '.') || is_character(at.as_cons()->head, ','))) return fail(atom::no_float);
  Term fraction = at.as_cons()->tail;
  if (!fraction.is_cons() || !is_digit(fraction.as_cons()->head)) return fail(atom::no_float);
  text.push_back('.');
  for (at = fraction; at.is_cons() && is_digit(at.as_cons()->head); at = at.as_cons()->tail)
    text.push_back(char(at.as_cons()->head.small_value()));
  if (at.is_cons() && (is_character(at.as_cons()->head, 'e') || is_character(at.as_cons()->head, 'E'))) {
    std::string exponent;
    Term rest = integer_prefix(at.as_cons()->tail, &exponent);
    if (!exponent.empty()) {
      text += 'e';
      text += exponent;
      at = rest;
    }
  }
  double d;
  if (!text_to_float(text, &d)) return fail(atom::no_float);
  HeapWriter w = c.heap().reserve(Words(3 + FloatBox::words));
  Term value = w.float_(d);
  Term result = w.tuple(value, at);
  c.heap().commit(w);
  return result;
}

BIF(erlang, list_to_float, 1) {
  std::string text;
  return latin1_list(c.arg(0), &text) ? float_from(c, text) : badarg();
}
BIF(erlang, binary_to_float, 1) {
  if (!is_bits(c.arg(0)) || bits::size_bits(c.arg(0)) % 8 != 0) return badarg();
  bits::AlignedBytes bytes(c.arg(0));
  return float_from(c, bytes.text());
}
BIF(erlang, float_to_list, 1) {
  if (!is_float(c.arg(0))) return badarg();
  char text[64];
  return text_to_list(c.heap(), {text, float_to_text_default(float_value(c.arg(0)), text)});
}
BIF(erlang, float_to_binary, 1) {
  if (!is_float(c.arg(0))) return badarg();
  char text[64];
  return bits::from_text(c.heap(), {text, float_to_text_default(float_value(c.arg(0)), text)});
}
BIF(erlang, float_to_list, 2) {
  std::string text;
  return format_float(c, &text) ? NativeResult(text_to_list(c.heap(), text)) : badarg();
}
BIF(erlang, float_to_binary, 2) {
  std::string text;
  return format_float(c, &text) ? NativeResult(bits::from_text(c.heap(), text)) : badarg();
}

}  // namespace joist
