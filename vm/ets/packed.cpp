#include "vm/ets/packed.h"

#include <vector>

#include "gc/evacuate.h"
#include "vm/sys/memory.h"

namespace joist::ets {

namespace {

// What a number of the packed form is, in its low bits.
enum class Code : uint8_t { Small, Cons, Boxed, Atom, Header, Raw, Nil };
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

void write_block(Writer& out, const Word* data, size_t words) {
  for (size_t i = 0; i < words;) {
    Term t = Term::from_raw(data[i]);
    if (is_header(data[i])) {
      size_t raw = gc_detail::skip_raw(data[i]);
      out.number(Code::Header, data[i] >> 3);
      out.raw(data + i + 1, raw);
      i += 1 + raw;
      continue;
    }
    Word folded = t.is_small() ? fold_sign(t.small_value()) : 0;
    if (t.is_cons()) out.number(Code::Cons, fold_sign(reinterpret_cast<const Word*>(t.pointer()) - (data + i)));
    else if (t.is_boxed()) out.number(Code::Boxed, fold_sign(reinterpret_cast<const Word*>(t.pointer()) - (data + i)));
    else if (t.is_small() && folded >> (64 - code_bits) == 0) out.number(Code::Small, folded);
    else if (t.is_atom()) out.number(Code::Atom, t.atom_index());
    else if (t.is_nil()) out.number(Code::Nil, 0);
    else out.number(Code::Raw, 0), out.raw(data + i, 1);
    i++;
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
  auto* at = reinterpret_cast<const uint8_t*>(object.data + (object.data[0] >> 33));
  size_t words = object.copy_words();
  auto raw = [&](Word* place, size_t count) {
    __builtin_memcpy(static_cast<void*>(place), at, count * sizeof(Word));
    at += count * sizeof(Word);
  };
  for (size_t i = 0; i < words; i++) {
    Word v = 0;
    for (unsigned shift = 0;; shift += 7) {
      v |= Word(*at & 0x7f) << shift;
      if (!(*at++ & 0x80)) break;
    }
    Word payload = v >> code_bits;
    switch (Code(v & ((1 << code_bits) - 1))) {
      case Code::Small: to[i] = Term::small(unfold_sign(payload)).raw(); break;
      case Code::Cons: to[i] = Term::cons(to + i + unfold_sign(payload)).raw(); break;
      case Code::Boxed: to[i] = Term::boxed(to + i + unfold_sign(payload)).raw(); break;
      case Code::Atom: to[i] = Term::atom(uint32_t(payload)).raw(); break;
      case Code::Nil: to[i] = nil.raw(); break;
      case Code::Raw: raw(to + i, 1); break;
      case Code::Header: {
        to[i] = payload << 3;
        size_t count = gc_detail::skip_raw(to[i]);
        raw(to + i + 1, count);
        i += count;
        break;
      }
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
