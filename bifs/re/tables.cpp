// Character tables of PCRE2 for ISO 8859-1: those of the C locale with the upper half filled in. (Layout: see pcre2_maketables.)
#include "bifs/re/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <string.h>

namespace joist::re {
namespace {

constexpr size_t flip_case = 256, class_bits = 512, class_count = 10, types = class_bits + class_count * 32, table_size = types + 256;
enum ClassOffset { Upper = 96, Lower = 128, Word = 160, Graph = 192, Print = 224, Punct = 256, Control = 288 };
enum TypeBit { TypeLetter = 2, TypeLower = 4, TypeWord = 16 };

struct Tables {
  uint8_t bytes[table_size];
  Tables() {
    const uint8_t* plain = pcre2_maketables(nullptr);
    memcpy(bytes, plain, table_size);
    pcre2_maketables_free(nullptr, plain);
    for (int ch = 0x80; ch < 0x100; ch++) fill(ch);
  }
  void set(ClassOffset class_, int ch) { bytes[class_bits + class_ + ch / 8] |= uint8_t(1 << (ch & 7)); }
  void fill(int ch) {
    bool upper = ch >= 0xc0 && ch <= 0xde && ch != 0xd7;
    bool lower = (ch >= 0xdf && ch != 0xf7) || ch == 0xaa || ch == 0xb5 || ch == 0xba;
    bool pairs = ch >= 0xc0 && ch != 0xd7 && ch != 0xf7 && ch != 0xdf && ch != 0xff;
    bytes[ch] = uint8_t(upper ? ch + 0x20 : ch);
    bytes[flip_case + ch] = uint8_t(!pairs ? ch : ch ^ 0x20);
    if (ch < 0xa0) return set(Control, ch);
    set(Print, ch);
    set(Graph, ch);
    if (!upper && !lower) return set(Punct, ch);
    set(Word, ch);
    set(upper ? Upper : Lower, ch);
    bytes[types + ch] |= TypeLetter | TypeWord | (lower ? TypeLower : 0);
  }
};

}  // namespace

const uint8_t* latin1_tables() {
  static const Tables tables;
  return tables.bytes;
}

}  // namespace joist::re
