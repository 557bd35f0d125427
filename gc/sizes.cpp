// Block sizes: OTP's growth sequence, so that heap_size and memory of processes look alike. Each size is the sum of the two
// before it plus one up to 1.3 million words, then 20 % more than the one before.
#include "gc/collect.h"

namespace joist {
namespace {

constexpr size_t max_sizes = 137;  // as many as OTP has
struct Sizes {
  size_t size[max_sizes];
  constexpr Sizes() : size{12, 38} {
    for (size_t i = 2; i < 23; i++) size[i] = size[i - 1] + size[i - 2] + 1;
    for (size_t i = 23; i < max_sizes; i++) size[i] = size[i - 1] + size[i - 1] / 5;
  }
};
constexpr Sizes sizes;
static_assert(sizes.size[5] == 233 && sizes.size[max_sizes - 1] == 885767171276247);

}  // namespace

size_t next_heap_size(size_t words) {
  size_t low = 0, high = max_sizes - 1;
  while (low < high) {
    size_t mid = (low + high) / 2;
    if (sizes.size[mid] < words) low = mid + 1;
    else high = mid;
  }
  VERIFY(sizes.size[low] >= words);
  return sizes.size[low];
}
size_t largest_heap_size() { return sizes.size[max_sizes - 1]; }
size_t next_virtual_heap_size(size_t words) { return next_heap_size(words); }

}  // namespace joist
