#include "bifs/file_names.h"

#include <atomic>

#include "bifs/list_builder.h"
#include "vm/base/utf8.h"
#include "vm/base/work_stack.h"
#include "vm/term/atom.h"
#include "vm/term/bits.h"

namespace joist {
namespace {

std::atomic<bool> utf8{true};

bool append_character(SWord ch, std::string* out) {
  if (ch <= 0) return false;
  if (!utf8.load(std::memory_order_relaxed)) {
    if (ch > 255) return false;
    out->push_back(char(ch));
    return true;
  }
  if (!is_unicode_scalar(ch)) return false;
  utf8_append(out, uint32_t(ch));
  return true;
}

bool append_atom(Term atom, std::string* out) {
  std::string_view text = atom_text(atom);
  const uint8_t* p = reinterpret_cast<const uint8_t*>(text.data());
  for (const uint8_t* end = p + text.size(); p < end;)
    if (!append_character(utf8_decode_valid(&p), out)) return false;
  return true;
}

// A deep list of characters and, with `atoms`, of atoms.
bool append_list(Term t, bool atoms, std::string* out) {
  WorkStack<Term, 16> rest;  // tails of the lists we are inside of
  for (;;) {
    if (t.is_nil()) {
      if (rest.empty()) return true;
      t = rest.pop();
      continue;
    }
    if (!t.is_cons()) return false;
    Term head = t.as_cons()->head;
    t = t.as_cons()->tail;
    if (head.is_small()) {
      if (!append_character(head.small_value(), out)) return false;
    } else if (head.is_list()) {
      rest.push(t);
      t = head;
    } else if (!atoms || !head.is_atom() || !append_atom(head, out)) {
      return false;
    }
  }
}

}  // namespace

void set_file_name_encoding(bool is_utf8) { utf8 = is_utf8; }
bool file_names_are_utf8() { return utf8; }

bool file_name_text(Term t, std::string* out) {
  if (t.is_atom()) return append_atom(t, out);
  if (is_bits(t)) {
    if (bits::size_bits(t) % 8 != 0) return false;
    bits::AlignedBytes bytes(t);
    std::string_view text = bytes.text();
    if (!text.empty() && text.back() == 0) text.remove_suffix(1);
    out->append(text);
    return text.find('\0') == std::string_view::npos;
  }
  return append_list(t, true, out);
}

bool file_list_text(Term t, std::string* out) { return append_list(t, false, out); }

Term file_name_term(Heap& heap, const std::string& bytes) {
  if (!file_names_are_utf8()) return text_to_list(heap, bytes);
  const auto* data = reinterpret_cast<const uint8_t*>(bytes.data());
  int64_t n = utf8_count(data, bytes.size());
  if (n < 0) return bits::from_text(heap, bytes);
  ListBuilder out(heap, size_t(n));
  for (const uint8_t *p = data, *end = data + bytes.size(); p < end;) out.push(Term::small(utf8_decode_valid(&p)));
  return out.finish();
}

}  // namespace joist
