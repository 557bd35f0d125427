// One walk serves all: a stack of the tails still to come. A list nested in a tail position costs no stack.
#include "vm/term/iolist.h"

#include <algorithm>
#include <cstring>

#include "vm/sys/memory.h"

namespace joist::iolist {

Walker::Walker(Term t) : stack_(inline_) { push(t); }

Walker::~Walker() {
  if (stack_ != inline_) sys::release(stack_, sys::Alloc::Temporary);
}

void Walker::push(Term t) {
  if (count_ == capacity_) {
    capacity_ *= 2;
    if (stack_ == inline_) {
      stack_ = static_cast<Term*>(sys::allocate(capacity_ * sizeof(Term), sys::Alloc::Temporary));
      std::memcpy(static_cast<void*>(stack_), inline_, sizeof inline_);
    } else {
      stack_ = static_cast<Term*>(sys::reallocate(stack_, capacity_ * sizeof(Term), sys::Alloc::Temporary));
    }
  }
  stack_[count_++] = t;
}

Term* Walker::terms(size_t* count) {
  *count = count_;
  return stack_;
}

Walker::Piece Walker::next(uint8_t* byte, Term* term) {
  while (count_ > 0) {
    Term t = stack_[count_ - 1];
    if (t.is_cons()) {
      Cons* cell = t.as_cons();
      Term head = cell->head;
      stack_[count_ - 1] = cell->tail;  // in a tail position a byte is not allowed: see below
      if (cell->tail.is_nil()) count_--;
      else if (!cell->tail.is_cons() && !is_bits(cell->tail)) return *term = cell->tail, Piece::Bad;
      if (head.is_small() && Word(head.small_value()) < 256) return *byte = uint8_t(head.small_value()), Piece::Byte;
      if (head.is_cons()) {
        push(head);
        continue;
      }
      if (head.is_nil()) continue;
      *term = head;
      return is_bits(head) ? Piece::Bits : Piece::Bad;
    }
    count_--;
    if (t.is_nil()) continue;
    *term = t;
    return is_bits(t) ? Piece::Bits : Piece::Bad;
  }
  return Piece::End;
}

size_t Walker::bytes(uint8_t* to, size_t most) {
  if (count_ == 0) return 0;
  Term t = stack_[count_ - 1];
  size_t n = 0;
  while (n < most && t.is_cons()) {
    Term head = t.as_cons()->head, tail = t.as_cons()->tail;
    if (!head.is_small() || Word(head.small_value()) > 255 || !tail.is_cons()) break;
    if (to) to[n] = uint8_t(head.small_value());
    n++;
    t = tail;
  }
  stack_[count_ - 1] = t;
  return n;
}

bool size_bits(Term t, Parts parts, size_t* bits, Term* bad) {
  Walker walker(t);
  uint8_t byte;
  Term term;
  size_t total = 0;
  for (;;) {
    switch (walker.next(&byte, &term)) {
      case Walker::Piece::End: *bits = total; return true;
      case Walker::Piece::Byte: total += 8 * (1 + walker.bytes(nullptr, SIZE_MAX)); break;
      case Walker::Piece::Bits: {
        size_t size = bits::size_bits(term);
        if (parts == Parts::Bits || size % 8 == 0) {
          total += size;
          if (total < size_t(1) << 61) break;
        }
        [[fallthrough]];
      }
      case Walker::Piece::Bad:
        if (bad) *bad = term;
        return false;
    }
  }
}

void copy(Term t, uint8_t* to) {
  Walker walker(t);
  uint8_t byte;
  Term term;
  size_t at = 0;
  for (;;) {
    switch (walker.next(&byte, &term)) {
      case Walker::Piece::Byte:
        if (at % 8 == 0) {
          to[at / 8] = byte;
          at += 8 * walker.bytes(to + at / 8 + 1, SIZE_MAX);
        } else {
          bits::copy(to, at, &byte, 0, 8);
        }
        at += 8;
        break;
      case Walker::Piece::Bits: {
        BitSpan span = bits::span(term);
        bits::copy(to, at, span.data, span.offset, span.size);
        at += span.size;
        break;
      }
      default: return;
    }
  }
}

Term flatten(Heap& heap, Term t, Parts parts, Term* bad) {
  size_t size;
  if (is_bits(t) && (parts == Parts::Bits || bits::size_bits(t) % 8 == 0)) return t;
  if (!size_bits(t, parts, &size, bad)) return Term();
  uint8_t* to;
  Term result = bits::allocate(heap, size, &to);
  copy(t, to);
  return result;
}

// ---- Gather

Gather::~Gather() {
  for (size_t i = 0; i < kept_count_; i++) kept_[i]->release();
  sys::release(kept_, sys::Alloc::Temporary);
  sys::release(slices_, sys::Alloc::Temporary);
}

void Gather::keep(SharedBytes* shared) {
  if (kept_count_ == kept_capacity_) {
    kept_capacity_ = kept_capacity_ ? 2 * kept_capacity_ : 8;
    kept_ = static_cast<SharedBytes**>(sys::reallocate(kept_, kept_capacity_ * sizeof *kept_, sys::Alloc::Temporary));
  }
  kept_[kept_count_++] = shared;
}

void Gather::add_slice(const uint8_t* data, size_t size) {
  bytes_ += size;
  if (slice_count_ > 0) {
    Slice& last = slices_[slice_count_ - 1];
    if (last.data + last.size == data) {
      last.size += size;
      return;
    }
  }
  if (slice_count_ == slice_capacity_) {
    slice_capacity_ = slice_capacity_ ? 2 * slice_capacity_ : 8;
    slices_ = static_cast<Slice*>(sys::reallocate(slices_, slice_capacity_ * sizeof(Slice), sys::Alloc::Temporary));
  }
  slices_[slice_count_++] = {data, size};
}

uint8_t* Gather::room(size_t n) {
  if (!block_ || block_->capacity - block_used_ < n) {
    size_t capacity = bytes_ < 256 ? 256 : bytes_ > (1 << 20) ? 1 << 20 : bytes_;
    block_ = SharedBytes::create(capacity < n ? n : capacity);
    block_used_ = 0;
    keep(block_);
  }
  uint8_t* p = block_->data + block_used_;
  block_used_ += n;
  add_slice(p, n);
  return p;
}

void Gather::append(const BitSpan& span) {
  if (span.size == 0) return;
  bits::copy(room(span.size / 8), 0, span.data, span.offset, span.size);
}

bool Gather::add(Term t) {
  Walker walker(t);
  uint8_t run[256];
  Term term;
  for (;;) {
    switch (walker.next(&run[0], &term)) {
      case Walker::Piece::End: return true;
      case Walker::Piece::Bad: return false;
      case Walker::Piece::Byte: {
        size_t n = 1 + walker.bytes(run + 1, sizeof run - 1);
        std::memcpy(room(n), run, n);
        break;
      }
      case Walker::Piece::Bits: {
        BitSpan span = bits::span(term);
        if (span.size % 8) return false;
        Term base = term;
        if (auto sub = term.as<SubBits>()) base = sub->base;
        auto refc = base.as<RefcBits>();
        if (refc && span.offset % 8 == 0 && span.size >= 8 * refer_from) {
          refc->shared->retain();
          keep(refc->shared);
          add_slice(span.bytes(), span.size / 8);
        } else {
          append(span);
        }
        break;
      }
    }
  }
}

// ---- Flattener

Flattener::~Flattener() {
  if (out_) out_->release();
}

uint8_t* Flattener::room(size_t bits) {
  size_t bytes = (bits_ + bits + 7) / 8;
  if (!out_) out_ = SharedBytes::create(bytes < 256 ? 256 : bytes);
  else if (bytes > out_->capacity) out_ = SharedBytes::resize(out_, std::max(bytes, 2 * out_->capacity));
  return out_->data;
}

Flattener::State Flattener::step(size_t budget, size_t* used) {
  uint8_t run[256];
  size_t units = 0;
  State state = State::More;
  while (units < budget && state == State::More) {
    units++;
    switch (walker_.next(&run[0], &bad_)) {
      case Walker::Piece::End: state = State::Done; break;
      case Walker::Piece::Bad: state = State::Bad; break;
      case Walker::Piece::Byte: {
        size_t n = 1 + walker_.bytes(run + 1, sizeof run - 1);
        bits::copy(room(8 * n), bits_, run, 0, 8 * n);
        bits_ += 8 * n;
        units += n - 1;
        break;
      }
      case Walker::Piece::Bits: {
        BitSpan span = bits::span(bad_);
        if (parts_ == Parts::Bytes && span.size % 8) {
          state = State::Bad;
          break;
        }
        bits::copy(room(span.size), bits_, span.data, span.offset, span.size);
        bits_ += span.size;
        units += span.size / 512;
        break;
      }
    }
  }
  *used += units;
  return state;
}

Term Flattener::take(Heap& heap) {
  if (bits_ <= 8 * HeapBits::max_bytes) {
    uint8_t* to;
    Term t = bits::allocate(heap, bits_, &to);
    if (bits_) std::memcpy(to, out_->data, (bits_ + 7) / 8);
    return t;
  }
  SharedBytes* shared = SharedBytes::resize(out_, (bits_ + 7) / 8);
  out_ = nullptr;
  return bits::from_shared(heap, shared, 0, bits_);
}

}  // namespace joist::iolist
