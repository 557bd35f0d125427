// A character cut in two by the end of a binary waits in partial_ for the next binary; an integer there is an error.
#include "vm/term/unicode_chars.h"

#include <cstring>

#include "vm/base/utf8.h"
#include "vm/sys/memory.h"
#include "vm/term/atom.h"
#include "vm/term/bits.h"
#include "vm/term/otp_terms.h"

namespace joist::unicode {

namespace {

// Length that a first byte announces; 0: not a first byte. More is taken for a beginning here than UTF-8 allows
// (F5..F7, C0, C1): whether what is cut off counts as incomplete or as an error depends on it.
size_t announced(uint8_t first) {
  return first < 0x80 ? 1 : (first & 0xe0) == 0xc0 ? 2 : (first & 0xf0) == 0xe0 ? 3 : (first & 0xf8) == 0xf0 ? 4 : 0;
}

// Whether bytes cut off at the end may be the beginning of a character.
bool may_continue(const uint8_t* p, size_t size) {
  if (size >= announced(p[0])) return false;
  for (size_t i = 1; i < size; i++)
    if ((p[i] & 0xc0) != 0x80) return false;
  return true;
}

bool is_whole_binary(Term t) { return is_bits(t) && bits::size_bits(t) % 8 == 0; }

// Bytes below 128 at the start.
size_t ascii_run(const uint8_t* p, size_t size) {
  size_t i = 0;
  for (; i + 8 <= size; i += 8) {
    Word w;
    std::memcpy(&w, p + i, 8);
    if (w & 0x8080808080808080) break;
  }
  while (i < size && p[i] < 0x80) i++;
  return i;
}

// Whether a list begins with a character below 128, as most do.
bool begins_with_ascii(Term list) {
  constexpr Word bits_of_ascii = Word(127) << 3;
  return list.is_cons() && (list.as_cons()->head.raw() & ~bits_of_ascii) == Term::small(0).raw();
}

}  // namespace

Converter::Converter(Term data, Encoding encoding) : encoding_(encoding) { push(data); }

Converter::~Converter() {
  if (out_) out_->release();
  sys::release(stack_, sys::Alloc::Temporary);
}

void Converter::push(Term t) {
  if (depth_ == capacity_) {
    capacity_ = capacity_ ? 2 * capacity_ : 16;
    stack_ = static_cast<Term*>(sys::reallocate(stack_, capacity_ * sizeof(Term), sys::Alloc::Temporary));
  }
  stack_[depth_++] = t;
}

Term* Converter::terms(size_t* count) {
  *count = depth_;
  return stack_;
}

bool Converter::check() {
  size_t base = depth_ - 1;
  Term data = stack_[base];
  size_t need = 0;
  bool ok = data.is_list() || is_bits(data);
  push(data);
  while (ok && depth_ > base + 1) {
    Term t = stack_[--depth_];
    for (; begins_with_ascii(t); t = t.as_cons()->tail) need++;
    if (t.is_nil()) continue;
    if (is_bits(t)) {
      ok = is_whole_binary(t);
      need += ok ? bits::size_bits(t) / 8 : 0;
      continue;
    }
    if (!t.is_cons()) {
      ok = false;
      continue;
    }
    Term head = t.as_cons()->head;
    push(t.as_cons()->tail);
    // A big integer is an error in the data, found when that is converted; what is behind it was not looked at.
    if (is_bignum(head) || is_bignum_in_otp(head)) break;
    if (head.is_small()) need++;
    else if (head.is_list() || is_bits(head)) push(head);
    else ok = false;
  }
  depth_ = base + 1;
  if (ok) out_ = SharedBytes::create(need + 16);
  return ok;
}

uint8_t* Converter::room(size_t n) {
  if (size_ + n > out_->capacity) out_ = SharedBytes::resize(out_, 2 * out_->capacity + n);
  return out_->data + size_;
}

void Converter::put(uint32_t ch) {
  size_ += utf8_encode(ch, room(4));
  characters_++;
}

bool Converter::read_utf8(const uint8_t* p, size_t size, size_t* read) {
  const uint8_t* start = p;
  const uint8_t* end = p + size;
  *read = 0;
  if (partial_size_ > 0 && size > 0) {
    size_t missing = announced(partial_[0]) - partial_size_;
    size_t take = size < missing ? size : missing;
    std::memcpy(partial_ + partial_size_, p, take);
    if (take < missing) {
      partial_size_ += take;
      *read = size;
      return true;
    }
    Utf8Step step = utf8_step(partial_, partial_ + partial_size_ + take);
    if (step.length <= 0) return false;  // *read is 0: the rest is the part before, then this whole binary
    put(step.ch);
    partial_size_ = 0;
    p += take;
  }
  while (p < end) {
    size_t ascii = ascii_run(p, size_t(end - p));
    std::memcpy(room(ascii), p, ascii);
    size_ += ascii;
    characters_ += ascii;
    p += ascii;
    *read = size_t(p - start);
    if (p == end) break;
    size_t length = announced(*p);
    if (length == 0) return false;
    if (size_t(end - p) < length) {
      partial_size_ = size_t(end - p);
      std::memcpy(partial_, p, partial_size_);
      p = end;
      break;
    }
    Utf8Step step = utf8_step(p, end);
    if (step.length <= 0) return false;
    std::memcpy(room(length), p, length);
    size_ += length;
    characters_++;
    p += length;
    *read = size_t(p - start);
  }
  *read = size_t(p - start);
  return true;
}

// Some of the binary on top of the stack.
void Converter::read_binary(size_t budget, size_t* used) {
  BitSpan span = bits::span(stack_[depth_ - 1]);
  size_t size = span.size / 8, chunk = size - offset_;
  if (chunk > budget * 64) chunk = budget * 64;
  *used += chunk / 64;
  uint8_t copied[4096];
  const uint8_t* p;
  if (span.offset % 8 == 0) {
    p = span.bytes() + offset_;
  } else {
    if (chunk > sizeof copied) chunk = sizeof copied;
    bits::copy(copied, 0, span.data, span.offset + 8 * offset_, 8 * chunk);
    p = copied;
  }
  if (encoding_ == Encoding::Latin1) {
    size_ += latin1_to_utf8(p, chunk, room(2 * chunk));
    characters_ += chunk;
    offset_ += chunk;
  } else {
    // A chunk that is not the last must end between two characters.
    if (offset_ + chunk < size) {
      size_t whole = chunk;
      for (int i = 0; i < 3 && whole > 1 && (p[whole - 1] & 0xc0) == 0x80; i++) whole--;
      if (whole > 1 && p[whole - 1] >= 0xc0) chunk = whole - 1;
    }
    size_t read;
    failed_ = !read_utf8(p, chunk, &read);
    offset_ += read;
    if (failed_) return;
  }
  if (offset_ == size) {
    depth_--;
    offset_ = 0;
  }
}

bool Converter::step(size_t budget, size_t* used) {
  size_t units = 0;
  while (depth_ > 0 && !failed_) {
    if (units >= budget) {
      *used += units;
      return false;
    }
    units++;
    Term t = stack_[depth_ - 1];
    if (partial_size_ == 0 && begins_with_ascii(t)) {
      size_t free = out_->capacity - size_, most = free < budget - units + 1 ? free : budget - units + 1, n = 0;
      uint8_t* out = out_->data + size_;
      for (; n < most && begins_with_ascii(t); t = t.as_cons()->tail) out[n++] = uint8_t(t.as_cons()->head.small_value());
      size_ += n;
      characters_ += n;
      units += n;
      stack_[depth_ - 1] = t;
      if (n > 0) continue;
    }
    if (t.is_cons()) {
      Term head = t.as_cons()->head, tail = t.as_cons()->tail;
      if (head.is_small()) {
        SWord ch = head.small_value();
        if (partial_size_ > 0 || !is_unicode_scalar(ch) || (encoding_ == Encoding::Latin1 && ch > 255)) {
          failed_ = true;
          break;
        }
        put(uint32_t(ch));
        stack_[depth_ - 1] = tail;
      } else if (head.is_nil()) {
        stack_[depth_ - 1] = tail;
      } else if (head.is_cons() || is_whole_binary(head)) {
        stack_[depth_ - 1] = tail;
        push(head);
      } else {
        failed_ = true;
      }
    } else if (t.is_nil()) {
      depth_--;
    } else if (is_whole_binary(t)) {
      read_binary(budget - units + 64, &units);
    } else {
      failed_ = true;
    }
  }
  *used += units;
  return true;
}

// What was not converted, in the shape that OTP gives it.
Term Converter::rest(Heap& heap) {
  Term rest = nil;
  if (depth_ > 0) {
    rest = stack_[depth_ - 1];
    if (is_bits(rest)) rest = bits::slice(heap, rest, 8 * offset_, bits::size_bits(rest) - 8 * offset_);
    HeapWriter w = heap.reserve(Words(2 * (depth_ - 1)));
    for (size_t i = depth_ - 1; i-- > 0;) rest = w.cons(rest, stack_[i]);
  }
  if (partial_size_ == 0) return rest;
  Term begun = bits::from_bytes(heap, partial_, partial_size_);
  if (!failed_) return begun;
  HeapWriter w = heap.reserve(Words(4));
  rest = w.cons(rest, nil);
  return w.cons(begun, rest);
}

Term Converter::result(Heap& heap, Term converted) {
  if (!failed_ && partial_size_ == 0) return converted;
  Term tag = failed_ || !may_continue(partial_, partial_size_) ? atom::error : atom::incomplete;
  Term left = rest(heap);
  HeapWriter w = heap.reserve(Words(4));
  return w.tuple(tag, converted, left);
}

Term Converter::binary(Heap& heap) {
  Term converted;
  if (size_ <= HeapBits::max_bytes) {
    converted = bits::from_bytes(heap, out_->data, size_);
  } else {
    if (out_->capacity > size_ + size_ / 8) out_ = SharedBytes::resize(out_, size_);
    converted = bits::from_shared(heap, out_, 0, 8 * size_);
    out_ = nullptr;
  }
  return result(heap, converted);
}

Term Converter::list(Heap& heap) { return result(heap, list_of_utf8(heap, out_->data, size_, characters_)); }

Term characters_to_binary(Heap& heap, Term data, Encoding encoding) {
  // [Binary] is taken as Binary, which shows in the rest.
  if (data.is_cons() && data.as_cons()->tail.is_nil() && is_bits(data.as_cons()->head)) data = data.as_cons()->head;
  if (encoding == Encoding::Latin1 ? is_7bit(data) : is_valid_utf8(data)) return data;
  Converter converter(data, encoding);
  if (!converter.check()) return Term();
  size_t used = 0;
  while (!converter.step(1 << 20, &used)) {
  }
  return converter.binary(heap);
}

Term characters_to_list(Heap& heap, Term data, Encoding encoding) {
  Converter converter(data, encoding);
  if (!converter.check()) return Term();
  size_t used = 0;
  while (!converter.step(1 << 20, &used)) {
  }
  return converter.list(heap);
}

bool is_7bit(Term t) {
  if (!is_bits(t) || !is_whole_binary(t)) return false;
  bits::AlignedBytes bytes(t);
  return ascii_run(bytes.data, bytes.size) == bytes.size;
}

bool is_valid_utf8(Term t) {
  if (!is_bits(t) || !is_whole_binary(t)) return false;
  bits::AlignedBytes bytes(t);
  return ascii_run(bytes.data, bytes.size) == bytes.size || utf8_count(bytes.data, bytes.size) >= 0;
}

Term list_of_utf8(Heap& heap, const uint8_t* data, size_t size, size_t characters, Term tail) {
  HeapWriter w = heap.reserve(Words(2 * characters));
  Word* cells = w.take(2 * characters);
  if (characters == 0) return tail;
  const uint8_t* p = data;
  for (size_t i = 0; i < characters; i++) {
    uint32_t ch = *p < 0x80 ? *p++ : utf8_decode_valid(&p);
    cells[2 * i] = Term::small(ch).raw();
    cells[2 * i + 1] = Term::cons(cells + 2 * i + 2).raw();
  }
  ASSERT(p == data + size);
  cells[2 * characters - 1] = tail.raw();
  return Term::cons(cells);
}

size_t latin1_to_utf8(const uint8_t* data, size_t size, uint8_t* out) {
  uint8_t* to = out;
  for (size_t i = 0; i < size; i++) {
    if (data[i] < 0x80) {
      *to++ = data[i];
    } else {
      *to++ = uint8_t(0xc0 | data[i] >> 6);
      *to++ = uint8_t(0x80 | (data[i] & 63));
    }
  }
  return size_t(to - out);
}

}  // namespace joist::unicode
