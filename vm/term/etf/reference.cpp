// Local references as numbers, and back.
#include "vm/term/etf/etf.h"
#include "vm/term/magic.h"

namespace joist::etf {

void keep_findable(Term t) {
  if (auto magic = t.as<MagicRef>()) {
    magic->object->make_findable();
  } else if (auto ref = t.as<Ref>(); ref && ref->has_pid() && hooks.keep_alias) {
    hooks.keep_alias(ref->words, ref->pid());
  }
}

Term local_reference(HeapWriter& w, const Word numbers[2]) {
  if (MagicObject* object = find_magic(numbers)) {
    auto* ref = reinterpret_cast<MagicRef*>(w.take(3));
    ref->header = make_header(Kind::MagicRef, 2);
    ref->object = object;
    w.link_off_heap(reinterpret_cast<OffHeap*>(ref));
    return ref->term();
  }
  Term pid = hooks.find_alias ? hooks.find_alias(numbers) : Term();
  size_t words = pid.is_value() ? 3 : 2;
  auto* ref = reinterpret_cast<Ref*>(w.take(1 + words));
  ref->header = make_header(Kind::Ref, words);
  ref->words[0] = numbers[0];
  ref->words[1] = numbers[1];
  if (words == 3) ref->words[2] = pid.raw();
  return ref->term();
}

}  // namespace joist::etf
