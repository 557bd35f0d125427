// Bytes to terms: the second pass. measure() has proved that every read below is inside the data and has counted the
// words.
//
// A stack of frames stands for the unfinished containers, innermost last. Tuples, lists and environments are filled
// in place; the associations of a map gather on a side stack until it is complete, for it must be sorted or hashed as
// a whole. A finished term is delivered to the innermost frame, which may finish it in turn.
#include <zlib.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "vm/base/utf8.h"
#include "vm/sys/memory.h"
#include "vm/term/arith.h"
#include "vm/term/atom.h"
#include "vm/term/compare.h"
#include "vm/term/etf/etf.h"
#include "vm/term/etf/measure.h"
#include "vm/term/etf/tags.h"
#include "vm/term/fun_identity.h"
#include "vm/term/identity.h"
#include "vm/term/magic.h"
#include "vm/term/map.h"
#include "vm/term/node.h"

namespace joist::etf {

namespace {

// Growing array of plain values; no constructors run.
template <class T>
class Stack {
 public:
  ~Stack() { sys::release(items_, sys::Alloc::Temporary); }
  void push(T item) {
    if (count_ == capacity_) {
      capacity_ = capacity_ ? 2 * capacity_ : 64;
      items_ = static_cast<T*>(sys::reallocate(items_, capacity_ * sizeof(T), sys::Alloc::Temporary));
    }
    items_[count_++] = item;
  }
  T& top() { return items_[count_ - 1]; }
  T* last(size_t n) { return items_ + count_ - n; }
  void drop(size_t n) { count_ -= n; }
  size_t count() const { return count_; }

 private:
  T* items_ = nullptr;
  size_t count_ = 0, capacity_ = 0;
};

class Decoder {
 public:
  Decoder(Heap& heap, const uint8_t* data, const DecodeOptions& options, size_t words)
      : heap_(heap), p_(data), options_(options), writer_(heap.reserve(Words(words))) {}

  // False: error() says why.
  bool run(Term* out) {
    bool ok = loop(out);
    size_t unused = writer_.left();
    if (unused == 0) return ok;
    HeapFragment* newest = heap_.fragments;
    if (heap_.top == writer_.end() || (newest && newest->data + newest->used == writer_.end())) heap_.commit(writer_);
    else *writer_.at() = make_header(Kind::Bignum, unused - 1);  // large maps lie behind: keep the heap walkable
    return ok;
  }
  DecodeError error() const { return error_; }

 private:
  enum class Shape : uint8_t { Terms, List, Map, Fun };
  struct Frame {
    Shape shape;
    Word* at;     // next word to fill
    size_t left;  // terms to come
    Term result;
  };

  bool fail(DecodeError why = DecodeError::Bad) {
    error_ = why;
    return false;
  }
  uint32_t read32() {
    p_ += 4;
    return get32(p_ - 4);
  }

  bool read_atom(Term* out);
  bool read_number(SWord* out);
  bool read_float_text(double* out);
  bool read_pid(uint8_t tag, Term* out);
  bool read_port(uint8_t tag, Term* out);
  bool read_reference(uint8_t tag, Term* out);
  bool read_export(Term* out);
  bool begin_fun();
  bool finish_map(size_t count, Term* out);

  bool is_this_node(Term name, uint32_t creation) {
    return name.same(local_node_name()) && creation == local_node_creation();
  }
  External* external(Kind kind, size_t data_words, uint16_t aux, Term name, uint32_t creation) {
    return write_external(writer_, kind, data_words, aux, name, creation);
  }
  Term bitstring(size_t bytes, size_t odd_bits) {
    size_t size = odd_bits == 0 || odd_bits == 8 ? 8 * bytes : 8 * (bytes - 1) + odd_bits;
    uint8_t* data;
    if (size > 8 * HeapBits::max_bytes) heap_.charge_virtual(Bytes(bytes));
    Term t = bits::allocate(writer_, size, &data);
    if (bytes) std::memcpy(data, p_, bytes);
    p_ += bytes;
    return t;
  }
  bool loop(Term* out);
  // Reads a term; a container that is not complete pushes a frame and leaves *out the non-value.
  bool read(Term* out);

  Heap& heap_;
  const uint8_t* p_;
  const DecodeOptions& options_;
  HeapWriter writer_;
  Stack<Frame> frames_;
  Stack<Term> pairs_;
  DecodeError error_ = DecodeError::Bad;
};

bool Decoder::read_atom(Term* out) {
  uint8_t tag = *p_++;
  if (tag == tag_atom_cache_ref) {
    size_t index = *p_++;
    if (index >= options_.atom_cache_size) return fail();
    *out = options_.atom_cache[index];
    return true;
  }
  size_t n = tag == tag_small_atom || tag == tag_small_atom_utf8 ? *p_++ : (p_ += 2, get16(p_ - 2));
  const uint8_t* text = p_;
  p_ += n;
  uint8_t buffer[2 * 255];
  if (tag == tag_atom || tag == tag_small_atom) {
    size_t size = 0;
    for (size_t i = 0; i < n; i++) size += utf8_encode(text[i], buffer + size);
    text = buffer;
    n = size;
  } else if (!is_atom_text(text, n)) {
    return fail();
  }
  std::string_view name(reinterpret_cast<const char*>(text), n);
  *out = options_.safe ? find_atom(name) : make_atom(name);
  if (out->is_value()) return true;
  return fail(options_.safe ? DecodeError::UnsafeAtom : DecodeError::SystemLimit);
}

bool Decoder::read_number(SWord* out) {
  switch (*p_++) {
    case tag_small_integer: *out = *p_++; return true;
    case tag_integer: *out = int32_t(read32()); return true;
    default: {  // small_big
      size_t n = *p_++;
      bool negative = *p_++ != 0;
      Word magnitude = 0;
      for (size_t i = n; i-- > 0;) {
        if (magnitude >> 56) return fail();
        magnitude = magnitude << 8 | p_[i];
      }
      p_ += n;
      if (magnitude > Word(Term::small_max)) return fail();
      *out = negative ? -SWord(magnitude) : SWord(magnitude);
      return true;
    }
  }
}

// [+-]digits(.|,)digits[e[+-]digits], ended by a zero byte or the end of the field.
bool Decoder::read_float_text(double* out) {
  char text[float_text_bytes + 1];
  std::memcpy(text, p_, float_text_bytes);
  text[float_text_bytes] = 0;
  p_ += float_text_bytes;
  char* s = text;
  auto digits = [&s] {
    char* from = s;
    while (*s >= '0' && *s <= '9') s++;
    return s != from;
  };
  if (*s == '+' || *s == '-') s++;
  if (!digits()) return fail();
  if (*s == ',') *s = '.';
  if (*s++ != '.' || !digits()) return fail();
  if (*s == 'e' || *s == 'E') {
    s++;
    if (*s == '+' || *s == '-') s++;
    if (!digits()) return fail();
  }
  if (*s != 0) return fail();
  *out = strtod(text, nullptr);
  return std::isfinite(*out) || fail();
}

bool Decoder::read_pid(uint8_t tag, Term* out) {
  Term name;
  if (!read_atom(&name)) return false;
  uint32_t number = read32(), serial = read32(), creation = tag == tag_pid ? *p_++ : read32();
  if (tag == tag_pid && creation > 3) return fail();
  if (is_this_node(name, creation)) {
    if (number > max_pid_number || serial >= 1u << 30) return fail();
    *out = Term::local_pid(number, serial);
    return true;
  }
  External* e = external(Kind::ExternalPid, 1, 0, name, creation);
  e->data[0] = number | Word(serial) << 32;
  *out = Term::boxed(&e->header);
  return true;
}

bool Decoder::read_port(uint8_t tag, Term* out) {
  Term name;
  if (!read_atom(&name)) return false;
  Word number;
  if (tag == tag_v4_port) {
    number = get64(p_);
    p_ += 8;
  } else {
    number = read32();
  }
  uint32_t creation = tag == tag_port ? *p_++ : read32();
  if (tag == tag_port && creation > 3) return fail();
  if (is_this_node(name, creation)) {
    if (number >> 58) return fail();
    *out = Term::local_port(number);
    return true;
  }
  External* e = external(Kind::ExternalPort, 1, 0, name, creation);
  e->data[0] = number;
  *out = Term::boxed(&e->header);
  return true;
}

bool Decoder::read_reference(uint8_t tag, Term* out) {
  size_t count = tag == tag_reference ? 1 : (p_ += 2, get16(p_ - 2));
  Term name;
  if (!read_atom(&name)) return false;
  uint32_t ids[max_reference_ids + 1] = {}, creation;
  if (tag == tag_reference) {
    ids[0] = read32();
    creation = *p_++;
  } else {
    creation = tag == tag_newer_reference ? read32() : *p_++;
    for (size_t i = 0; i < count; i++) ids[i] = read32();
  }
  if (tag != tag_newer_reference && (creation > 3 || ids[0] >= max_reference)) return fail();
  if (!is_this_node(name, creation)) {
    size_t words = (count + 1) / 2;
    External* e = external(Kind::ExternalRef, words, uint16_t(count), name, creation);
    for (size_t i = 0; i < words; i++) e->data[i] = ids[2 * i] | Word(ids[2 * i + 1]) << 32;
    *out = Term::boxed(&e->header);
    return true;
  }
  if (count > 3 || ids[0] >= max_reference) return fail();
  Word numbers[2] = {ids[0] | Word(ids[1]) << 32, ids[2]};
  *out = local_reference(writer_, numbers);
  return true;
}

bool Decoder::read_export(Term* out) {
  Term module, function;
  SWord arity;
  if (!read_atom(&module) || !read_atom(&function) || !read_number(&arity)) return false;
  if (arity < 0 || arity > 255 || !hooks.make_export) return fail();
  Export* target = hooks.make_export(module, function, uint32_t(arity), options_.safe);
  if (!target) return fail(options_.safe ? DecodeError::UnsafeAtom : DecodeError::SystemLimit);
  auto* fun = reinterpret_cast<ExportFun*>(writer_.take(2));
  fun->header = make_header(Kind::ExportFun, 1);
  fun->target = target;
  *out = fun->term();
  return true;
}

bool Decoder::begin_fun() {
  FunIdentity identity{};
  SWord old_index, old_uniq;
  p_ += 4;
  identity.arity = *p_++;
  std::memcpy(identity.uniq, p_, 16);
  p_ += 16;
  identity.index = read32();
  size_t environment = identity.num_free = read32();
  if (!read_atom(&identity.module) || !read_number(&old_index) || !read_number(&old_uniq)) return false;
  identity.old_index = uint32_t(old_index);
  identity.old_uniq = uint32_t(old_uniq);
  FunEntry* entry = hooks.make_fun_entry ? hooks.make_fun_entry(identity) : nullptr;
  if (!entry) return fail();
  auto* fun = reinterpret_cast<Fun*>(writer_.take(3 + environment));
  fun->header = make_header(Kind::Fun, 2 + environment);
  fun->entry = entry;
  frames_.push({Shape::Fun, reinterpret_cast<Word*>(&fun->creator), 1 + environment, fun->term()});
  return true;
}

bool Decoder::finish_map(size_t count, Term* out) {
  Term* pairs = pairs_.last(2 * count);
  pairs_.drop(2 * count);
  if (count > FlatMap::max_size) {
    *out = map::from_pairs(heap_, pairs, count);
    return map::size(*out) == count || fail();
  }
  // In key order as encoders write them, or nearly: insertion sort, one comparison a key when sorted.
  for (size_t i = 1; i < count; i++) {
    size_t j = i;
    Term key = pairs[2 * i], value = pairs[2 * i + 1];
    for (; j > 0; j--) {
      int order = compare_terms_exact(pairs[2 * j - 2], key);
      if (order == 0) return fail();
      if (order < 0) break;
      pairs[2 * j] = pairs[2 * j - 2];
      pairs[2 * j + 1] = pairs[2 * j - 1];
    }
    pairs[2 * j] = key;
    pairs[2 * j + 1] = value;
  }
  Tuple* keys = writer_.tuple_of(count);
  auto* map = reinterpret_cast<FlatMap*>(writer_.take(2 + count));
  map->header = make_header(Kind::FlatMap, 1 + count);
  map->keys = keys->term();
  for (size_t i = 0; i < count; i++) {
    keys->elements[i] = pairs[2 * i];
    map->values[i] = pairs[2 * i + 1];
  }
  *out = map->term();
  return true;
}

bool Decoder::read(Term* out) {
  uint8_t tag = *p_++;
  size_t n;
  switch (tag) {
    case tag_small_integer: *out = Term::small(*p_++); return true;
    case tag_integer: *out = Term::small(int32_t(read32())); return true;
    case tag_small_big: case tag_large_big: {
      n = tag == tag_small_big ? *p_++ : read32();
      bool negative = *p_++ != 0;
      const uint8_t* digits = p_;
      p_ += n;
      while (n > 0 && digits[n - 1] == 0) n--;
      if (n <= 8) {
        Word magnitude = 0;
        std::memcpy(&magnitude, digits, n);
        if (magnitude <= Word(Term::small_max) + negative) {
          *out = Term::small(negative ? SWord(-magnitude) : SWord(magnitude));
          return true;
        }
      }
      size_t limbs = (n + 7) / 8;
      Word* words = writer_.take(1 + limbs);
      words[0] = make_header(Kind::Bignum, limbs, negative);
      words[limbs] = 0;
      std::memcpy(words + 1, digits, n);
      *out = Term::boxed(words);
      return true;
    }
    case tag_atom: case tag_atom_utf8: case tag_small_atom: case tag_small_atom_utf8: case tag_atom_cache_ref:
      p_--;
      return read_atom(out);
    case tag_float: case tag_new_float: {
      double d;
      if (tag == tag_float) {
        if (!read_float_text(&d)) return false;
      } else {
        d = __builtin_bit_cast(double, get64(p_));
        p_ += 8;
        if (!std::isfinite(d)) return fail();
      }
      *out = writer_.float_(d);
      return true;
    }
    case tag_pid: case tag_new_pid: return read_pid(tag, out);
    case tag_port: case tag_new_port: case tag_v4_port: return read_port(tag, out);
    case tag_reference: case tag_new_reference: case tag_newer_reference: return read_reference(tag, out);
    case tag_nil: *out = nil; return true;
    case tag_string: {
      n = get16(p_);
      p_ += 2;
      if (n == 0) {
        *out = nil;
        return true;
      }
      Word* cells = writer_.take(2 * n);
      for (size_t i = 0; i < n; i++) {
        cells[2 * i] = Term::small(p_[i]).raw();
        cells[2 * i + 1] = Term::cons(cells + 2 * i + 2).raw();
      }
      cells[2 * n - 1] = nil.raw();
      p_ += n;
      *out = Term::cons(cells);
      return true;
    }
    case tag_list: {
      n = read32();
      ASSERT(n > 0);  // see loop
      Word* cells = writer_.take(2 * n);
      frames_.push({Shape::List, cells, n, Term::cons(cells)});
      return true;
    }
    case tag_small_tuple: case tag_large_tuple: {
      n = tag == tag_small_tuple ? *p_++ : read32();
      Tuple* tuple = writer_.tuple_of(n);
      if (n == 0) *out = tuple->term();
      else frames_.push({Shape::Terms, reinterpret_cast<Word*>(tuple->elements), n, tuple->term()});
      return true;
    }
    case tag_map:
      n = read32();
      if (n == 0) return finish_map(0, out);
      frames_.push({Shape::Map, nullptr, 2 * n, Term::small(SWord(n))});
      return true;
    case tag_binary:
      n = read32();
      *out = bitstring(n, 0);
      return true;
    case tag_bit_binary: {
      n = read32();
      size_t odd = *p_++;
      *out = bitstring(n, odd);
      return true;
    }
    case tag_export: return read_export(out);
    case tag_new_fun: return begin_fun();
    default: UNREACHABLE();
  }
}

bool Decoder::loop(Term* out) {
  for (;;) {
    Term t;
    while (*p_ == tag_list && get32(p_ + 1) == 0) p_ += 5;  // LIST_EXT of no elements is its tail
    if (!read(&t)) return false;
    if (t.is_non_value()) continue;  // a container began
    for (;;) {
      if (frames_.count() == 0) {
        *out = t;
        return true;
      }
      Frame& f = frames_.top();
      f.left--;
      switch (f.shape) {
        case Shape::Fun:
          if (!t.is_local_pid() && !is_external_pid(t)) return fail();
          f.shape = Shape::Terms;
          [[fallthrough]];
        case Shape::Terms: *f.at++ = t.raw(); break;
        case Shape::List:
          f.at[0] = t.raw();
          if (f.left > 0) {
            f.at[1] = Term::cons(f.at + 2).raw();
            f.at += 2;
          } else {
            f.shape = Shape::Terms;  // then the tail
            f.at++;
            f.left = 1;
          }
          break;
        case Shape::Map: pairs_.push(t); break;
      }
      if (f.left > 0) break;
      t = f.result;
      bool is_map = f.shape == Shape::Map;
      frames_.drop(1);
      if (is_map && !finish_map(size_t(t.small_value()), &t)) return false;
    }
  }
}

// ---- what is around a term: the magic byte and compression

// Inflated bytes of a compressed term, or nothing.
struct Inflated {
  uint8_t* data = nullptr;
  size_t size = 0, used = 0;
  ~Inflated() { sys::release(data, sys::Alloc::Temporary); }
};

bool inflate_term(const uint8_t* data, size_t size, Inflated* out) {
  size_t expected = get32(data);
  z_stream stream{};
  if (inflateInit(&stream) != Z_OK) return false;
  stream.next_in = const_cast<uint8_t*>(data + 4);
  size_t in_left = size - 4, capacity = 0;
  int status = Z_OK;
  // The claimed size is believed only as far as bytes really come.
  while (status == Z_OK && out->size <= expected) {
    if (out->size == capacity) {
      if (capacity > expected) break;
      capacity = capacity ? capacity * 4 : std::min<size_t>(expected, 1 << 20) + 1;
      if (capacity > expected + 1) capacity = expected + 1;
      if (out->size >= capacity) break;
      out->data = static_cast<uint8_t*>(sys::reallocate(out->data, capacity, sys::Alloc::Temporary));
    }
    stream.avail_in = unsigned(std::min<size_t>(in_left, 1u << 30));
    stream.avail_out = unsigned(std::min<size_t>(capacity - out->size, 1u << 30));
    unsigned in_before = stream.avail_in, out_before = stream.avail_out;
    stream.next_out = out->data + out->size;
    status = inflate(&stream, Z_NO_FLUSH);
    in_left -= in_before - stream.avail_in;
    out->size += out_before - stream.avail_out;
    if (status == Z_BUF_ERROR || (in_before == stream.avail_in && out_before == stream.avail_out)) break;
  }
  inflateEnd(&stream);
  out->used = size - in_left;
  return status == Z_STREAM_END && out->size == expected;
}

// Finds where the bare term begins. *prefix: bytes before it, or, when inflated, all bytes read.
bool unwrap(const uint8_t*& data, size_t& size, bool skip_magic, Inflated* inflated, size_t* prefix) {
  *prefix = 0;
  if (!skip_magic) {
    if (size < 1 || data[0] != version_magic) return false;
    data++;
    size--;
    *prefix = 1;
  }
  if (size >= 5 && data[0] == tag_compressed) {
    if (!inflate_term(data + 1, size - 1, inflated)) return false;
    *prefix += 1 + inflated->used;
    data = inflated->data;
    size = inflated->size;
  }
  return true;
}

}  // namespace

bool is_atom_text(const uint8_t* utf8, size_t size) {
  int64_t characters = utf8_count(utf8, size);
  return characters >= 0 && characters <= int64_t(max_atom_characters);
}

Result<Decoded, DecodeError> decode(Heap& heap, const uint8_t* data, size_t size, const DecodeOptions& options) {
  Inflated inflated;
  size_t prefix;
  Measure needs;
  if (!unwrap(data, size, options.skip_magic, &inflated, &prefix)) return DecodeError::Bad;
  if (!measure(data, size, &needs)) return DecodeError::Bad;
  Decoder decoder(heap, data, options, needs.words);
  Decoded decoded;
  if (!decoder.run(&decoded.term)) return decoder.error();
  decoded.used = inflated.data ? prefix : prefix + needs.bytes;
  return decoded;
}

Result<size_t, DecodeError> decoded_words(const uint8_t* data, size_t size, const DecodeOptions& options) {
  Inflated inflated;
  size_t prefix;
  Measure needs;
  if (!unwrap(data, size, options.skip_magic, &inflated, &prefix) || !measure(data, size, &needs)) return DecodeError::Bad;
  return needs.words + needs.trie_words;
}

Result<Decoded, DecodeError> decode_into(HeapWriter& w, const uint8_t* data, size_t size, const DecodeOptions& options) {
  // A heap over the writer's room, with no stack; what does not fit would go to fragments.
  Heap heap;
  heap.start = heap.top = heap.high_water = w.at();
  heap.end = w.end();
  heap.stack = w.end() + Heap::stack_reserve;
  heap.off_heap = *w.off_heap();
  auto result = decode(heap, data, size, options);
  *w.off_heap() = heap.off_heap;
  w.take(heap.heap_words());
  if (heap.fragments) {
    HeapFragment::destroy_chain(heap.fragments);
    return DecodeError::SystemLimit;
  }
  return result;
}

}  // namespace joist::etf
