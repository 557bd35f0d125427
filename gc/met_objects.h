// The objects that a walk through terms has met, and which of them more than once: two bits a word of memory, kept by pages, so that a
// walk through objects that lie together seldom looks a page up.
#pragma once
#include <vector>

#include "vm/base/types.h"

namespace joist {

class MetObjects {
 public:
  MetObjects() : index_(16, none) {}
  // True at the first time.
  bool note(const Word* object) {
    Page& page = page_of(number(object));
    size_t word = slot(object) / 64;
    uint64_t bit = uint64_t(1) << (slot(object) % 64);
    bool again = page.met[word] & bit;
    page.met[word] |= bit;
    if (again) page.shared[word] |= bit;
    return !again;
  }
  // Was it met more than once?
  bool shared(const Word* object) {
    return page_of(number(object)).shared[slot(object) / 64] >> (slot(object) % 64) & 1;
  }

 private:
  static constexpr size_t page_words = 512;
  static constexpr uint32_t none = UINT32_MAX;
  struct Page {
    Word number;
    uint64_t met[page_words / 64] = {}, shared[page_words / 64] = {};
  };
  static Word number(const Word* object) { return reinterpret_cast<Word>(object) / (page_words * sizeof(Word)); }
  static size_t slot(const Word* object) { return reinterpret_cast<Word>(object) / sizeof(Word) % page_words; }

  Page& page_of(Word number) {
    if (last_ < pages_.size() && pages_[last_].number == number) [[likely]] return pages_[last_];
    return look_up(number);
  }
  Page& look_up(Word number);
  void grow();
  uint32_t& place_of(Word number);

  std::vector<Page> pages_;
  std::vector<uint32_t> index_;  // open addressing: a page's place in pages_, or none; at most half full
  size_t last_ = 0;
};

}  // namespace joist
