#include "gc/met_objects.h"

namespace joist {

uint32_t& MetObjects::place_of(Word number) {
  size_t mask = index_.size() - 1;
  size_t i = (number * 0x9e3779b97f4a7c15ull >> 32) & mask;
  while (index_[i] != none && pages_[index_[i]].number != number) i = (i + 1) & mask;
  return index_[i];
}

void MetObjects::grow() {
  index_.assign(index_.size() * 2, none);
  for (size_t i = 0; i < pages_.size(); i++) place_of(pages_[i].number) = uint32_t(i);
}

MetObjects::Page& MetObjects::look_up(Word number) {
  uint32_t& place = place_of(number);
  if (place == none) {
    place = uint32_t(pages_.size());
    last_ = place;
    pages_.push_back({number});
    if (pages_.size() * 2 > index_.size()) grow();
  } else {
    last_ = place;
  }
  return pages_[last_];
}

}  // namespace joist
