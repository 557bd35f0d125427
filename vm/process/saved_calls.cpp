#include "vm/process/saved_calls.h"

#include <memory>
#include <utility>

#include "vm/code/breakpoints.h"

namespace joist {

struct CallSaver {
  std::vector<SavedCall> ring;
  size_t oldest = 0;
  SWord hidden = 0;  // reductions
};

static CallSaver& saver_of(const Process& p) { return *p.seldom_used().call_saver; }

void set_save_calls(Process& p, uint16_t length) {
  if (p.save_calls && !length) show_slice(p);
  if (bool(length) != bool(p.save_calls)) watch_all_natives(length ? 1 : -1);
  CallSaver*& saver = p.seldom().call_saver;
  std::unique_ptr<CallSaver> fresh;
  if (length) {
    fresh = std::make_unique<CallSaver>();
    fresh->ring.reserve(length);
    if (saver) fresh->hidden = saver->hidden;
  }
  delete std::exchange(saver, fresh.release());
  p.save_calls = length;
  if (length && p.x) hide_slice(p);  // it runs
}

void save_call(Process& p, const SavedCall& call) {
  CallSaver& s = saver_of(p);
  if (s.ring.size() < p.save_calls) {
    s.ring.push_back(call);
  } else {
    s.ring[s.oldest] = call;
    s.oldest = (s.oldest + 1) % s.ring.size();
  }
}

std::vector<SavedCall> saved_calls(const Process& p) {
  const CallSaver& s = saver_of(p);
  std::vector<SavedCall> calls(s.ring.begin() + ptrdiff_t(s.oldest), s.ring.end());
  calls.insert(calls.end(), s.ring.begin(), s.ring.begin() + ptrdiff_t(s.oldest));
  return calls;
}

// What was used, slice - reductions, stays the same in all of these.
void show_slice(Process& p) {
  CallSaver& s = saver_of(p);
  p.reductions += s.hidden;
  p.slice += s.hidden;
  s.hidden = 0;
}

void hide_slice(Process& p) {
  CallSaver& s = saver_of(p);
  s.hidden += p.reductions;
  p.slice -= p.reductions;
  p.reductions = 0;
}

bool slice_goes_on(Process& p) {
  hide_slice(p);
  return saver_of(p).hidden > 0;
}

}  // namespace joist
