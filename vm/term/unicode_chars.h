// Unicode character data (lists of code points and binaries, nested) to UTF-8: the core of the `unicode` natives.
//
// One converter serves characters_to_binary and characters_to_list. It works in steps; between two of them the terms it
// still has to read may move.
#pragma once
#include "gc/heap.h"
#include "vm/term/shared_bytes.h"

namespace joist::unicode {

// What the bytes of binaries mean. Integers in lists are code points either way (Latin1: at most 255).
enum class Encoding { Latin1, Utf8 };

class Converter {
 public:
  Converter(Term data, Encoding encoding);
  ~Converter();
  Converter(const Converter&) = delete;
  Converter& operator=(const Converter&) = delete;

  // To be called first: false when data is no character data at all (badarg). Reads the whole of it, without a budget.
  bool check();
  // Works for about `budget` units (code points, or 64 bytes of a binary); adds to *used. True when done.
  bool step(size_t budget, size_t* used);
  // After the last step: Binary | {error, Binary, Rest} | {incomplete, Binary, Rest}.
  Term binary(Heap& heap);
  // The same with a list of code points.
  Term list(Heap& heap);
  size_t characters() const { return characters_; }
  // What is still to be read, for the collector.
  Term* terms(size_t* count);

 private:
  void push(Term t);
  uint8_t* room(size_t n);
  void put(uint32_t ch);
  void read_binary(size_t budget, size_t* used);
  // Returns false at an error.
  bool read_utf8(const uint8_t* p, size_t size, size_t* read);
  Term rest(Heap& heap);
  Term result(Heap& heap, Term converted);

  Encoding encoding_;
  bool failed_ = false;
  // Lists, or binaries, still to be read: the innermost last. Below a nested one lies the tail that follows it.
  Term* stack_ = nullptr;
  size_t depth_ = 0, capacity_ = 0;
  size_t offset_ = 0;           // bytes read of the binary on top
  uint8_t partial_[4];          // the beginning of a character that the last binary ended in
  size_t partial_size_ = 0;
  SharedBytes* out_ = nullptr;
  size_t size_ = 0, characters_ = 0;
};

// All at once; the non-value for badarg. Data that is a binary with nothing to convert is returned itself.
Term characters_to_binary(Heap& heap, Term data, Encoding encoding);
Term characters_to_list(Heap& heap, Term data, Encoding encoding);

// unicode:bin_is_7bit/1; false for what is no binary.
bool is_7bit(Term t);
// A binary of valid UTF-8.
bool is_valid_utf8(Term t);

// Code points of valid UTF-8 as a list.
Term list_of_utf8(Heap& heap, const uint8_t* data, size_t size, size_t characters, Term tail = nil);
// Bytes of latin1 text, of which `size` are at data, in UTF-8; out has room for 2 × size.
size_t latin1_to_utf8(const uint8_t* data, size_t size, uint8_t* out);

}  // namespace joist::unicode
