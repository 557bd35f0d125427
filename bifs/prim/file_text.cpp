// prim_file: file names between Erlang's form (characters, or raw bytes in a binary) and the OS's (bytes with a zero at the end).
#include <string.h>

#include "bifs/bif.h"
#include "bifs/file_names.h"
#include "bifs/list_builder.h"
#include "bifs/text_settings.h"
#include "vm/base/utf8.h"
#include "vm/code/export.h"
#include "vm/term/bits.h"

namespace joist {
namespace {

bool is_whole_binary(Term t) { return is_bits(t) && bits::size_bits(t) % 8 == 0; }

// The characters of valid UTF-8; the non-value when it is not.
Term utf8_to_list(Heap& heap, std::string_view text) {
  const auto* p = reinterpret_cast<const uint8_t*>(text.data());
  int64_t n = utf8_count(p, text.size());
  if (n < 0) return Term();
  ListBuilder out(heap, size_t(n));
  for (const uint8_t* end = p + text.size(); p < end;) out.push(Term::small(utf8_decode_valid(&p)));
  return out.finish();
}

}  // namespace

BIF(prim_file, internal_name2native, 1) {
  std::string bytes;
  if (is_bits(c.arg(0))) {
    bits::AlignedBytes raw(c.arg(0));
    if (memchr(raw.data, 0, raw.size)) return badarg();
    bytes.assign(raw.text());
  } else if (!file_list_text(c.arg(0), &bytes)) {
    return badarg();
  }
  return bits::from_bytes(c.heap(), bytes.c_str(), bytes.size() + 1);
}

// Characters, or {error, warning} when they are not in the encoding of file names.
BIF(prim_file, internal_native2name, 1) {
  if (!is_whole_binary(c.arg(0))) return badarg();
  bits::AlignedBytes bytes(c.arg(0));
  if (!file_names_are_utf8()) return text_to_list(c.heap(), bytes.text());
  Term list = utf8_to_list(c.heap(), bytes.text());
  if (list.is_value()) return list;
  return c.heap().reserve(Words(3)).tuple(atom::error, text_settings.file_name_warning);
}

BIF(prim_file, is_translatable, 1) {
  if (!is_whole_binary(c.arg(0))) return badarg();
  bits::AlignedBytes bytes(c.arg(0));
  return boolean(!file_names_are_utf8() || utf8_count(bytes.data, bytes.size) >= 0);
}

// Characters of UTF-8 bytes, composed where a composed character exists.
BIF(prim_file, internal_normalize_utf8, 1) {
  if (!is_whole_binary(c.arg(0))) return badarg();
  bits::AlignedBytes bytes(c.arg(0));
  if (utf8_count(bytes.data, bytes.size) < 0) return badarg();
  return c.trap(get_export(atom::unicode, atom::characters_to_nfc_list, 1), c.arg(0));
}

}  // namespace joist
