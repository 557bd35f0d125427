// Units are types: a count of words cannot be passed where bytes are meant.
#pragma once
#include <cstddef>
#include <cstdint>
#include <utility>

namespace joist {

using Word = uint64_t;
using SWord = int64_t;

template <class Tag>
struct Unit {
  size_t value = 0;
  constexpr Unit() = default;
  constexpr explicit Unit(size_t v) : value(v) {}
  constexpr Unit operator+(Unit o) const { return Unit(value + o.value); }
  constexpr Unit operator-(Unit o) const { return Unit(value - o.value); }
  constexpr Unit& operator+=(Unit o) { value += o.value; return *this; }
  constexpr Unit& operator-=(Unit o) { value -= o.value; return *this; }
  constexpr auto operator<=>(const Unit&) const = default;
};

using Words = Unit<struct WordsTag>;  // 8-byte words
using Bytes = Unit<struct BytesTag>;
using Bits = Unit<struct BitsTag>;
using Live = Unit<struct LiveTag>;  // number of live x registers

constexpr Bytes to_bytes(Words w) { return Bytes(w.value * sizeof(Word)); }
constexpr Words words_for(Bytes b) { return Words((b.value + sizeof(Word) - 1) / sizeof(Word)); }
constexpr Words words_for(Bits b) { return Words((b.value + 63) / 64); }
constexpr Bytes bytes_for(Bits b) { return Bytes((b.value + 7) / 8); }

// A value or an error, both by value; the VM has no C++ exceptions.
template <class T, class E>
class Result {
 public:
  Result(T value) : ok_(true) { new (&value_) T(std::move(value)); }
  Result(E error) : ok_(false) { new (&error_) E(std::move(error)); }
  Result(Result&& o) : ok_(o.ok_) {
    if (ok_) new (&value_) T(std::move(o.value_));
    else new (&error_) E(std::move(o.error_));
  }
  Result& operator=(Result&& o) {
    if (this != &o) { this->~Result(); new (this) Result(std::move(o)); }
    return *this;
  }
  ~Result() { if (ok_) value_.~T(); else error_.~E(); }
  explicit operator bool() const { return ok_; }
  T& operator*() { return value_; }
  const T& operator*() const { return value_; }
  T* operator->() { return &value_; }
  E& error() { return error_; }
  const E& error() const { return error_; }

 private:
  bool ok_;
  union { T value_; E error_; };
};

// Unwraps a Result or returns its error from the enclosing function.
#define TRY(expr)                                            \
  ({                                                         \
    auto try_result_ = (expr);                               \
    if (!try_result_) return std::move(try_result_.error()); \
    std::move(*try_result_);                                 \
  })

}  // namespace joist
