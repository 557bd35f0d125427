#include "bifs/re/capture.h"

#include <climits>
#include <string>
#include <string.h>

#include "vm/term/atom.h"
#include "vm/term/bits.h"
#include "vm/term/iolist.h"

namespace joist::re {
namespace {

constexpr size_t unset = ~size_t(0);

std::vector<uint32_t> groups_of(const Pattern& pattern, const char* name) {
  std::vector<uint32_t> groups;
  const Pattern::Names& names = pattern.names();
  if (!pattern.has_dup_names()) {  // one will do: that which a binary search meets, as in PCRE 8
    for (uint32_t low = 0, high = names.count; low < high;) {
      uint32_t middle = (low + high) / 2;
      int order = strcmp(name, names.name(middle));
      if (order == 0) return {names.group(middle)};
      if (order > 0) low = middle + 1;
      else high = middle;
    }
    return groups;
  }
  for (uint32_t i = 0; i < names.count; i++)
    if (strcmp(names.name(i), name) == 0) groups.push_back(names.group(i));
  return groups;
}

bool add_item(Term item, const Pattern& pattern, Capture* out) {
  if (item.is_small() && item.small_value() >= 0 && item.small_value() <= INT_MAX) {
    out->items.push_back({uint32_t(item.small_value())});
    return true;
  }
  std::string name;
  if (item.is_atom()) {
    name = atom_text(item);
  } else {
    size_t size;
    if (!is_bits(item) && !item.is_list()) return false;
    if (!iolist::size_bits(item, iolist::Parts::Bytes, &size)) return false;
    name.resize(size / 8);
    iolist::copy(item, reinterpret_cast<uint8_t*>(name.data()));
  }
  out->items.push_back(groups_of(pattern, name.c_str()));
  return true;
}

struct Span {
  size_t start, end;
};

Term index_pair(HeapWriter& w, Span s) {
  if (s.start == unset) return w.tuple(Term::small(-1), Term::small(0));
  return w.tuple(Term::small(SWord(s.start)), Term::small(SWord(s.end) - SWord(s.start)));
}

Term captured(Heap& heap, CaptureType type, const Subject& subject, Span s) {
  if (s.start == unset || s.end < s.start) s = {0, 0};
  size_t n = s.end - s.start;
  if (type == CaptureType::Binary) {
    if (subject.binary.is_value() && n > HeapBits::max_bytes) return bits::slice(heap, subject.binary, s.start * 8, n * 8);
    return bits::from_bytes(heap, subject.bytes + s.start, n);
  }
  HeapWriter w = heap.reserve(Words(2 * n));
  Term list = nil;
  for (size_t i = s.end; i-- > s.start;) list = w.cons(Term::small(subject.bytes[i]), list);
  return list;
}

}  // namespace

bool parse_capture(Term values, Term type, const Pattern& pattern, Capture* out) {
  if (values.is_non_value()) return true;
  if (type.same(atom::index)) out->type = CaptureType::Index;
  else if (type.same(atom::list)) out->type = CaptureType::List;
  else if (type.same(atom::binary)) out->type = CaptureType::Binary;
  else return false;
  if (values.same(atom::all)) return true;
  if (values.same(atom::none) || values.is_nil()) {
    out->type = CaptureType::None;
    return true;
  }
  if (values.same(atom::all_but_first)) {
    out->first = 1;
    return true;
  }
  out->chosen = true;
  if (values.same(atom::first)) {
    out->items.push_back({0});
    return true;
  }
  if (values.same(atom::all_names)) {
    const Pattern::Names& names = pattern.names();
    if (names.count == 0) out->type = CaptureType::None;
    for (uint32_t i = 0; i < names.count; i++) {
      if (!pattern.has_dup_names()) out->items.push_back({names.group(i)});
      else if (i == 0 || strcmp(names.name(i - 1), names.name(i)) != 0) out->items.push_back(groups_of(pattern, names.name(i)));
    }
    return true;
  }
  if (!values.is_cons()) return false;
  for (; values.is_cons(); values = values.as_cons()->tail)
    if (!add_item(values.as_cons()->head, pattern, out)) return false;
  return values.is_nil();
}

Term build_match(Heap& heap, const Capture& capture, const Subject& subject, const size_t* offsets, uint32_t matched) {
  if (capture.type == CaptureType::None) return atom::match;
  std::vector<Span> spans;
  spans.reserve(capture.chosen ? capture.items.size() : matched);
  auto span_of = [&](uint32_t group) -> Span {
    if (group >= matched) return {unset, unset};
    return {offsets[2 * group], offsets[2 * group + 1]};
  };
  if (!capture.chosen) {
    for (uint32_t group = capture.first; group < matched; group++) spans.push_back(span_of(group));
  }
  for (const auto& item : capture.items) {
    Span found = {unset, unset};
    for (uint32_t group : item) {
      found = span_of(group);
      if (found.start != unset) break;
    }
    spans.push_back(found);
  }
  Term list = nil;
  for (size_t i = spans.size(); i-- > 0;) {
    if (capture.type == CaptureType::Index) {
      HeapWriter w = heap.reserve(Words(5));
      Term pair = index_pair(w, spans[i]);
      list = w.cons(pair, list);
    } else {
      Term one = captured(heap, capture.type, subject, spans[i]);
      list = heap.reserve(Words(2)).cons(one, list);
    }
  }
  return heap.reserve(Words(3)).tuple(atom::match, list);
}

}  // namespace joist::re
