// Deep copies between heaps: messages, spawn arguments, ETS objects, exit reasons.
//
// The size comes first, by a walk with a stack of its own; then the copy, as Cheney's: objects are copied one level deep (of a list all
// cells, one behind the other) and the destination is scanned for words that still point to the source. Sharing inside a term is kept
// only where asked for, and both walks must agree on every object's size: `piece` decides for both how a bitstring is copied.
#include <atomic>

#include "gc/collect.h"
#include "gc/evacuate.h"
#include "gc/leaving_area.h"
#include "gc/sharing_copy.h"
#include "vm/sys/memory.h"
#include "vm/term/bits.h"
#include "vm/term/magic.h"
#include "vm/term/node.h"

namespace joist {
namespace {

using gc_detail::skip_raw;

bool is_pointer(Word w) { return unsigned(w & 7) - 1u < 2u; }
bool is_cons(Word w) { return (w & 7) == 1; }

// A bitstring that is a view of another: small ones become heap bits of their own, so that they do not keep a big one alive.
struct View {
  size_t offset, size;  // bits
  Term base;
  bool small() const { return size <= HeapBits::max_bytes * 8; }
};
View view_of(Word* p, Kind kind) {
  if (kind == Kind::SubBits) {
    auto* s = reinterpret_cast<SubBits*>(p);
    return {s->offset_bits, s->size_bits, s->base};
  }
  auto* c = reinterpret_cast<MatchContext*>(p);  // what is left to match
  return {c->position, c->end - c->position, c->base};
}

// Words waiting to be visited; on the C stack while they are few.
class Pending {
 public:
  ~Pending() {
    if (base_ != inline_) sys::release(base_, sys::Alloc::Temporary);
  }
  void push(Word w) {
    if (count_ == capacity_) [[unlikely]] grow();
    base_[count_++] = w;
  }
  bool pop(Word* w) {
    if (!count_) return false;
    *w = base_[--count_];
    return true;
  }

 private:
  [[gnu::noinline]] void grow() {
    auto* bigger = static_cast<Word*>(sys::allocate(capacity_ * 2 * sizeof(Word), sys::Alloc::Temporary));
    __builtin_memcpy(bigger, base_, count_ * sizeof(Word));
    if (base_ != inline_) sys::release(base_, sys::Alloc::Temporary);
    base_ = bigger;
    capacity_ *= 2;
  }
  size_t count_ = 0, capacity_ = 128;
  Word inline_[128];
  Word* base_ = inline_;
};

std::atomic<const LiteralArea*> published{nullptr};
thread_local const LiteralArea* seen_published = nullptr;
thread_local gc_detail::Range leaving;

// Is the object at p copied, or is it a literal that source and copy share?
template <bool Literals>
bool copied(const void* p) {
  return Literals || !is_literal_pointer(p) || leaving.has(p);
}

// Every object counts, however often it was met.
struct ForgetsAll {
  bool is_new(const Word*) { return true; }
};
// A walk ends soon once `left` more objects were met.
struct Remembers {
  MetObjects& met;
  size_t& left;
  bool is_new(const Word* p) { return left && left-- && met.note(p); }
};

// *off_heap (may be null) is set when the copy will refer to objects outside all heaps.
template <bool Literals, class Memory = ForgetsAll>
size_t size_of(Term term, bool* off_heap = nullptr, Memory memory = {}) {
  Pending pending;
  size_t words = 0;
  bool shares = false;
  Word w = term.raw();
  do {
    // Elements but the last are left for later, so that lists cost no stack.
    while (is_pointer(w)) {
      auto* p = reinterpret_cast<Word*>(w & ~Word(7));
      if (!copied<Literals>(p) || !memory.is_new(p)) break;
      if (w & 1) {
        words += 2;
        if (is_pointer(p[0])) pending.push(p[0]);
        w = p[1];
        continue;
      }
      Word header = *p;
      Kind kind = header_kind(header);
      size_t n = header_words(header);
      if (kind == Kind::SubBits || kind == Kind::MatchContext) [[unlikely]] {
        View v = view_of(p, kind);
        if (v.small()) words += HeapBits::words_for_bits(v.size);
        else words += SubBits::words + (copied<Literals>(v.base.pointer()) ? RefcBits::words : 0), shares = true;
        break;
      }
      shares |= is_off_heap_kind(kind);
      words += 1 + n;
      Word* at = p + 1 + skip_raw(header);
      Word* end = p + 1 + n;
      if (at == end) break;
      for (; at + 1 < end; at++) {
        if (is_pointer(*at)) pending.push(*at);
      }
      w = *at;
    }
  } while (pending.pop(&w));
  if (off_heap) *off_heap = shares;
  return words;
}

struct Copier {
  HeapWriter& out;

  Word refc(RefcBits* from) {
    if (from->flags & RefcBits::writable) bits::freeze_writable(*from);
    auto* to = reinterpret_cast<RefcBits*>(out.take(RefcBits::words));
    *to = *from;
    to->flags = 0;
    to->shared->retain();
    out.link_off_heap(reinterpret_cast<OffHeap*>(to));
    return to->term().raw();
  }

  template <bool Literals>
  Word view(const View& v) {
    if (v.small()) {
      auto* to = reinterpret_cast<HeapBits*>(out.take(HeapBits::words_for_bits(v.size)));
      to->header = make_header(Kind::HeapBits, HeapBits::words_for_bits(v.size) - 1);
      to->size_bits = v.size;
      uint8_t* data = v.base.is<RefcBits>() ? reinterpret_cast<RefcBits*>(v.base.boxed_words())->data
                                            : reinterpret_cast<HeapBits*>(v.base.boxed_words())->data;
      if (v.size) reinterpret_cast<Word*>(to->data)[(v.size - 1) / 64] = 0;
      if (v.offset % 8 == 0) {
        __builtin_memcpy(to->data, data + v.offset / 8, (v.size + 7) / 8);
        if (v.size % 8) to->data[v.size / 8] &= uint8_t(0xff00 >> (v.size % 8));
      } else {
        bits::copy(to->data, 0, data, v.offset, v.size);
      }
      return to->term().raw();
    }
    auto* to = reinterpret_cast<SubBits*>(out.take(SubBits::words));
    to->header = make_header(Kind::SubBits, SubBits::words - 1);
    to->offset_bits = v.offset;
    to->size_bits = v.size;
    to->base = v.base;  // in the destination: the scan copies it
    return to->term().raw();
  }

  Word* cell(const Word* from) {
    Word* to = out.take(2);
    to[0] = from[0];
    to[1] = from[1];
    return to;
  }

  template <bool Literals, bool WholeLists = true>
  void slot(Word* at) {
    Word w = *at;
    auto* p = reinterpret_cast<Word*>(w & ~Word(7));
    if (!copied<Literals>(p)) return;
    if (w & 1) {
      Word* q = cell(p);
      *at = Word(q) | 1;
      if constexpr (!WholeLists) return;
      // The list's other cells lie behind it.
      for (Word tail = q[1]; is_cons(tail); tail = q[1]) {
        p = reinterpret_cast<Word*>(tail & ~Word(7));
        if (!copied<Literals>(p)) return;
        Word* next = cell(p);
        q[1] = Word(next) | 1;
        q = next;
      }
      return;
    }
    Word header = *p;
    switch (header_kind(header)) {
      case Kind::RefcBits: *at = refc(reinterpret_cast<RefcBits*>(p)); return;
      case Kind::SubBits: case Kind::MatchContext: *at = view<Literals>(view_of(p, header_kind(header))); return;
      default: break;
    }
    size_t n = 1 + header_words(header);
    Word* q = out.take(n);
    for (size_t i = 0; i < n; i++) q[i] = p[i];
    *at = Word(q) | 2;
    switch (header_kind(header)) {
      case Kind::MagicRef: reinterpret_cast<MagicRef*>(q)->object->retain(); break;
      case Kind::ExternalPid: case Kind::ExternalPort: case Kind::ExternalRef: node_retain(reinterpret_cast<External*>(q)->node); break;
      default: return;
    }
    out.link_off_heap(reinterpret_cast<OffHeap*>(q));
  }
};

// An object that was met before is not copied again.
struct SharingCopier {
  Copier copier;
  MetObjects& met;
  std::unordered_map<Word, Word>& copies;
  template <bool Literals>
  void slot(Word* at) {
    auto* object = reinterpret_cast<const Word*>(*at & ~Word(7));
    if (!copied<Literals>(object)) return;
    if (!met.shared(object)) return copier.slot<Literals, false>(at);
    auto [known, is_new] = copies.try_emplace(*at, 0);
    if (is_new) {
      copier.slot<Literals, false>(at);
      known->second = *at;
    } else {
      *at = known->second;
    }
  }
};

template <bool Literals, class AnyCopier>
Term copy(Term term, HeapWriter& out, AnyCopier copier) {
  Word root = term.raw();
  if (!is_pointer(root)) return term;
  Word* scan = out.at();
  copier.template slot<Literals>(&root);
  while (scan < out.at()) {
    Word w = *scan;
    if (is_pointer(w)) {
      bool next_cell = w == (reinterpret_cast<Word>(scan + 1) | 1);  // of a list that was copied as a whole
      if (!next_cell) copier.template slot<Literals>(scan);
      scan++;
    } else if (is_header(w)) {
      scan += 1 + skip_raw(w);
    } else {
      scan++;
    }
  }
  return Term::from_raw(root);
}

template <bool Literals>
Term copy(Term term, HeapWriter& out) {
  return copy<Literals>(term, out, Copier{out});
}

}  // namespace

void set_leaving_area(const LiteralArea* area) { published.store(area, std::memory_order_seq_cst); }
void refresh_leaving_area() {
  const LiteralArea* area = published.load(std::memory_order_acquire);
  if (area == seen_published) [[likely]] return;
  seen_published = area;
  leaving = area ? gc_detail::Range(area->start, area->end) : gc_detail::Range();
}
void share_no_literals() {
  leaving.start = literal_range_start;
  leaving.bytes = literal_range_bytes;
}

size_t copy_size(Term t) { return t.is_pointer() ? size_of<false>(t) : 0; }
Term copy_into(Term t, HeapWriter& w) { return copy<false>(t, w); }
size_t copy_size_with_literals(Term t, bool* off_heap) { return t.is_pointer() ? size_of<true>(t, off_heap) : 0; }
Term copy_into_with_literals(Term t, HeapWriter& w) { return copy<true>(t, w); }

size_t SharingCopy::words(Term t, size_t most) {
  if (!t.is_pointer()) return 0;
  Remembers memory{met_, most};
  size_t n = with_literals_ ? size_of<true>(t, nullptr, memory) : size_of<false>(t, nullptr, memory);
  return most ? n : too_long;
}
Term SharingCopy::copy(Term t, HeapWriter& w) {
  SharingCopier copier{{w}, met_, copies_};
  return with_literals_ ? joist::copy<true>(t, w, copier) : joist::copy<false>(t, w, copier);
}

namespace {
template <bool Literals>
FragmentTerm to_fragment(Term t) {
  size_t words = t.is_pointer() ? size_of<Literals>(t) : 0;
  if (words == 0) return {t, nullptr};
  HeapFragment* f = HeapFragment::create(Words(words));
  HeapWriter w(f->data, f->data + words, &f->off_heap);
  Term copied = copy<Literals>(t, w);
  f->used = uint32_t(words);
  VERIFY(w.left() == 0);
  return {copied, f};
}
}  // namespace

FragmentTerm copy_to_fragment(Term t) { return to_fragment<false>(t); }
FragmentTerm copy_to_fragment_with_literals(Term t) { return to_fragment<true>(t); }

}  // namespace joist
