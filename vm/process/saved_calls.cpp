#include "vm/process/saved_calls.h"

#include <memory>
#include <unordered_map>

#include "vm/code/breakpoints.h"
#include "vm/sys/lock.h"

namespace joist {

namespace {

struct Saver {
  std::vector<SavedCall> ring;
  size_t oldest = 0;
  SWord hidden = 0;  // reductions
};

sys::Mutex lock{sys::LockRank::Leaf};
std::unordered_map<const Process*, std::unique_ptr<Saver>>& savers() {
  static auto* all = new std::unordered_map<const Process*, std::unique_ptr<Saver>>;
  return *all;
}

Saver& saver_of(const Process& p) {
  sys::Locked<sys::Mutex> locked(lock);
  return *savers().at(&p);
}

}  // namespace

void set_save_calls(Process& p, uint16_t length) {
  if (p.save_calls && !length) show_slice(p);
  if (bool(length) != bool(p.save_calls)) watch_all_natives(length ? 1 : -1);
  {
    sys::Locked<sys::Mutex> locked(lock);
    auto& all = savers();
    if (!length) {
      all.erase(&p);
    } else {
      auto fresh = std::make_unique<Saver>();
      fresh->ring.reserve(length);
      auto& saver = all[&p];
      if (saver) fresh->hidden = saver->hidden;
      saver = std::move(fresh);
    }
  }
  p.save_calls = length;
  if (length && p.x) hide_slice(p);  // it runs
}

void save_call(Process& p, const SavedCall& call) {
  Saver& s = saver_of(p);
  if (s.ring.size() < p.save_calls) {
    s.ring.push_back(call);
  } else {
    s.ring[s.oldest] = call;
    s.oldest = (s.oldest + 1) % s.ring.size();
  }
}

std::vector<SavedCall> saved_calls(const Process& p) {
  const Saver& s = saver_of(p);
  std::vector<SavedCall> calls(s.ring.begin() + ptrdiff_t(s.oldest), s.ring.end());
  calls.insert(calls.end(), s.ring.begin(), s.ring.begin() + ptrdiff_t(s.oldest));
  return calls;
}

// What was used, slice - reductions, stays the same in all of these.
void show_slice(Process& p) {
  Saver& s = saver_of(p);
  p.reductions += s.hidden;
  p.slice += s.hidden;
  s.hidden = 0;
}

void hide_slice(Process& p) {
  Saver& s = saver_of(p);
  s.hidden += p.reductions;
  p.slice -= p.reductions;
  p.reductions = 0;
}

bool slice_goes_on(Process& p) {
  hide_slice(p);
  return saver_of(p).hidden > 0;
}

}  // namespace joist
