#include "vm/ets/packed.h"

#include <vector>

#include "gc/evacuate.h"
#include "vm/sys/memory.h"

namespace joist::ets {

namespace {

// What a number of the packed form is, in its low bits.
// Run: so many cells each of whose tails is the next cell, times 2, plus 1 when the heads are bytes; the heads follow.
enum class Code : uint8_t { Small, Cons, Boxed, Atom, Header, Raw, Nil, Run };
constexpr unsigned code_bits = 3;

Word fold_sign(SWord v) { return Word(v) << 1 ^ Word(v >> 63); }
SWord unfold_sign(Word v) { return SWord(v >> 1) ^ -SWord(v & 1); }

struct Writer {
  std::vector<uint8_t> bytes;
  // Seven bits a byte, the lowest first.
  void number(Code code, Word payload) {
    Word v = payload << code_bits | Word(code);
    for (; v >= 0x80; v >>= 7) bytes.push_back(uint8_t(v) | 0x80);
    bytes.push_back(uint8_t(v));
  }
  void raw(const Word* words, size_t count) {
    auto* p = reinterpret_cast<const uint8_t*>(words);
    bytes.insert(bytes.end(), p, p + count * sizeof(Word));
  }
};

// A word that is no header.
void write_term(Writer& out, const Word* at) {
  Term t = Term::from_raw(*at);
  Word folded = t.is_small() ? fold_sign(t.small_value()) : 0;
  if (t.is_cons()) out.number(Code::Cons, fold_sign(reinterpret_cast<const Word*>(t.pointer()) - at));
  else if (t.is_boxed()) out.number(Code::Boxed, fold_sign(reinterpret_cast<const Word*>(t.pointer()) - at));
  else if (t.is_small() && folded >> (64 - code_bits) == 0) out.number(Code::Small, folded);
  else if (t.is_atom()) out.number(Code::Atom, t.atom_index());
  else if (t.is_nil()) out.number(Code::Nil, 0);
  else out.number(Code::Raw, 0), out.raw(at, 1);
}

// Cells from data[i] on whose tails are the next words; whether all their heads are bytes.
size_t run_length(const Word* data, size_t words, size_t i, bool* bytes) {
  size_t n = 0;
  for (*bytes = true; i + 1 < words && data[i + 1] == Term::cons(data + i + 2).raw(); i += 2, n++) {
    Term head = Term::from_raw(data[i]);
    *bytes = *bytes && head.is_small() && Word(head.small_value()) <= 0xff;
  }
  return n;
}

void write_block(Writer& out, const Word* data, size_t words) {
  for (size_t i = 0; i < words;) {
    if (is_header(data[i])) {
      size_t raw = gc_detail::skip_raw(data[i]);
      out.number(Code::Header, data[i] >> 3);
      out.raw(data + i + 1, raw);
      i += 1 + raw;
      continue;
    }
    bool bytes;
    size_t run = run_length(data, words, i, &bytes);
    if (run < 2) {
      write_term(out, data + i++);
      continue;
    }
    out.number(Code::Run, run << 1 | bytes);
    for (; run > 0; run--, i += 2) {
      if (bytes) out.bytes.push_back(uint8_t(Term::from_raw(data[i]).small_value()));
      else write_term(out, data + i);
    }
  }
}

struct Reader {
  const uint8_t* at;
  Word number() {
    Word v = 0;
    for (unsigned shift = 0;; shift += 7) {
      v |= Word(*at & 0x7f) << shift;
      if (!(*at++ & 0x80)) return v;
    }
  }
  void raw(Word* to, size_t count) {
    __builtin_memcpy(static_cast<void*>(to), at, count * sizeof(Word));
    at += count * sizeof(Word);
  }
};

Code code_of(Word number) { return Code(number & ((1 << code_bits) - 1)); }

// What write_term wrote as `number` and what follows it.
void read_term(Reader& in, Word number, Word* to) {
  Word payload = number >> code_bits;
  switch (code_of(number)) {
    case Code::Small: *to = Term::small(unfold_sign(payload)).raw(); return;
    case Code::Cons: *to = Term::cons(to + unfold_sign(payload)).raw(); return;
    case Code::Boxed: *to = Term::boxed(to + unfold_sign(payload)).raw(); return;
    case Code::Atom: *to = Term::atom(uint32_t(payload)).raw(); return;
    case Code::Nil: *to = nil.raw(); return;
    default: in.raw(to, 1);
  }
}

}  // namespace

Object* pack(Object* plain, size_t key_position) {
  if (plain->has_off_heap) return plain;
  Writer out;
  out.bytes.reserve(plain->words * 4);
  write_block(out, plain->data, plain->words);
  Term key = plain->key(key_position);
  size_t key_words = copy_size_with_literals(key);
  size_t start = key_position + 1 + key_words;
  size_t words = start + (out.bytes.size() + sizeof(Word) - 1) / sizeof(Word);
  if (words >= plain->words || start >= size_t(1) << 30) return plain;
  Object* o = Object::allocate(words, false);
  o->data[0] = Word(start) << 33 | Word(plain->words) << 1 | 1;
  for (size_t i = 1; i < key_position; i++) o->data[i] = nil.raw();
  OffHeap* none = nullptr;
  HeapWriter w(o->data + key_position + 1, o->data + start, &none);
  o->data[key_position] = copy_into_with_literals(key, w).raw();
  __builtin_memcpy(o->data + start, out.bytes.data(), out.bytes.size());
  Object::destroy(plain);
  return o;
}

void unpack(const Object& object, Word* to) {
  Reader in{reinterpret_cast<const uint8_t*>(object.data + (object.data[0] >> 33))};
  for (Word* end = to + object.copy_words(); to < end;) {
    Word number = in.number(), payload = number >> code_bits;
    if (code_of(number) == Code::Header) {
      *to = payload << 3;
      size_t count = gc_detail::skip_raw(*to++);
      in.raw(to, count);
      to += count;
    } else if (code_of(number) == Code::Run) {
      for (size_t n = payload >> 1; n > 0; n--, to += 2) {
        if (payload & 1) to[0] = Term::small(*in.at++).raw();
        else read_term(in, in.number(), to);
        to[1] = Term::cons(to + 2).raw();
      }
    } else {
      read_term(in, number, to++);
    }
  }
}

OpenedObject::OpenedObject(const Object& object) : data_(object.data) {
  if (!object.packed()) [[likely]] return;
  unpacked_ = static_cast<Word*>(sys::allocate(object.copy_words() * sizeof(Word), sys::Alloc::Temporary));
  unpack(object, unpacked_);
  data_ = unpacked_;
}
OpenedObject::~OpenedObject() {
  if (unpacked_) sys::release(unpacked_, sys::Alloc::Temporary);
}

}  // namespace joist::ets
