// First pass of decoding: checks the structure and every size against the bytes that are there, and counts heap words.
//
// A counter of terms still to come replaces a stack, for a flat scan needs to know only when the last one ends. Each
// term takes a byte at least, so the counter never exceeds the bytes left: a header that claims more fails at once.
#include "vm/term/etf/measure.h"

#include "vm/term/arith.h"
#include "vm/term/bits.h"
#include "vm/term/etf/tags.h"
#include "vm/term/map.h"

namespace joist::etf {

namespace {

struct Cursor {
  const uint8_t* p;
  const uint8_t* end;
  size_t left() const { return size_t(end - p); }
  bool skip(size_t n) {
    if (n > left()) return false;
    p += n;
    return true;
  }
};

bool skip_atom(Cursor& c) {
  if (!c.skip(1)) return false;
  switch (c.p[-1]) {
    case tag_atom: return c.left() >= 2 && get16(c.p) <= 255 && c.skip(2 + size_t(get16(c.p)));
    case tag_atom_utf8: return c.left() >= 2 && get16(c.p) <= 4 * 255 && c.skip(2 + size_t(get16(c.p)));
    case tag_small_atom: case tag_small_atom_utf8: return c.left() >= 1 && c.skip(1 + size_t(*c.p));
    case tag_atom_cache_ref: return c.skip(1);
    default: return false;
  }
}

// A small integer of any encoding (of an export's arity, a fun's numbers).
bool skip_number(Cursor& c) {
  if (!c.skip(1)) return false;
  switch (c.p[-1]) {
    case tag_small_integer: return c.skip(1);
    case tag_integer: return c.skip(4);
    case tag_small_big: return c.left() >= 1 && c.skip(2 + size_t(*c.p));
    default: return false;
  }
}

}  // namespace

bool measure(const uint8_t* data, size_t size, Measure* out) {
  Cursor c{data, data + size};
  size_t words = 0, trie_words = 0, terms = 1;
  while (terms > 0) {
    if (terms > c.left()) return false;
    terms--;
    uint8_t tag = *c.p++;
    size_t n;
    switch (tag) {
      case tag_small_integer:
        if (!c.skip(1)) return false;
        break;
      case tag_integer:
        if (!c.skip(4)) return false;
        break;
      case tag_small_big:
        if (c.left() < 2) return false;
        n = *c.p;
        if (!c.skip(2 + n)) return false;
        words += 1 + (n + 7) / 8;
        break;
      case tag_large_big:
        if (c.left() < 5) return false;
        n = get32(c.p);
        if (n > 8 * arith::max_limbs || !c.skip(5 + n)) return false;
        words += 1 + (n + 7) / 8;
        break;
      case tag_atom: case tag_atom_utf8: case tag_small_atom: case tag_small_atom_utf8: case tag_atom_cache_ref:
        c.p--;
        if (!skip_atom(c)) return false;
        break;
      case tag_pid: case tag_new_pid:
        if (!skip_atom(c) || !c.skip(tag == tag_pid ? 9 : 12)) return false;
        words += 4;
        break;
      case tag_port: case tag_new_port: case tag_v4_port:
        if (!skip_atom(c) || !c.skip(tag == tag_port ? 5 : tag == tag_new_port ? 8 : 12)) return false;
        words += 4;
        break;
      case tag_reference:
        if (!skip_atom(c) || !c.skip(5)) return false;
        words += 4;
        break;
      case tag_new_reference: case tag_newer_reference:
        if (c.left() < 2) return false;
        n = get16(c.p);
        if (n == 0 || n > max_reference_ids || !c.skip(2)) return false;
        if (!skip_atom(c) || !c.skip(4 * n + (tag == tag_new_reference ? 1 : 4))) return false;
        words += 3 + (n + 1) / 2 + 1;
        break;
      case tag_nil: break;
      case tag_list:
        if (c.left() < 4) return false;
        n = get32(c.p);
        c.p += 4;
        if (n > c.left()) return false;
        terms += n + 1;
        words += 2 * n;
        break;
      case tag_small_tuple:
        if (c.left() < 1) return false;
        n = *c.p++;
        terms += n;
        words += 1 + n;
        break;
      case tag_large_tuple:
        if (c.left() < 4) return false;
        n = get32(c.p);
        c.p += 4;
        if (n > c.left()) return false;
        terms += n;
        words += 1 + n;
        break;
      case tag_map:
        if (c.left() < 4) return false;
        n = get32(c.p);
        c.p += 4;
        if (2 * n > c.left()) return false;
        terms += 2 * n;
        if (n <= FlatMap::max_size) words += 3 + 2 * n;
        else trie_words += 6 * n + 40;  // cells, and nodes with a margin
        break;
      case tag_string:
        if (c.left() < 2) return false;
        n = get16(c.p);
        if (!c.skip(2 + n)) return false;
        words += 2 * n;
        break;
      case tag_float:
        if (!c.skip(float_text_bytes)) return false;
        words += FloatBox::words;
        break;
      case tag_new_float:
        if (!c.skip(8)) return false;
        words += FloatBox::words;
        break;
      case tag_binary: case tag_bit_binary: {
        size_t header = tag == tag_binary ? 4 : 5;
        if (c.left() < header) return false;
        n = get32(c.p);
        if (tag == tag_bit_binary && (c.p[4] > 8 || (c.p[4] == 0) != (n == 0))) return false;
        if (!c.skip(header + n)) return false;
        words += bits::allocate_words(8 * n);
        break;
      }
      case tag_export:
        if (!skip_atom(c) || !skip_atom(c) || !skip_number(c)) return false;
        words += 2;
        break;
      case tag_new_fun:
        if (c.left() < 29) return false;
        n = get32(c.p + 25);
        // The size field is not looked at: OTP 23 and 24 may write a wrong one.
        if (n > 255 || !c.skip(29)) return false;
        if (!skip_atom(c) || !skip_number(c) || !skip_number(c)) return false;
        terms += 1 + n;
        words += 3 + n;
        break;
      default: return false;
    }
  }
  out->bytes = size_t(c.p - data);
  out->words = words;
  out->trie_words = trie_words;
  return true;
}

}  // namespace joist::etf
