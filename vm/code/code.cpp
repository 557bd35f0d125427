// Start, and the line of processes that wait for the code permission.
#include "vm/code/code.h"

#include <vector>

#include "vm/code/fun.h"
#include "vm/sys/lock.h"
#include "vm/term/etf/etf.h"

namespace joist {

void init_natives();

void (*code_permission_wake)(Term pid) = nullptr;

namespace {

sys::Mutex lock{sys::LockRank::CodePermission};
Term permission_holder;                      // lock; the non-value: free
std::vector<Term>& line() {                  // lock; pids in order of asking
  static auto* pids = new std::vector<Term>;
  return *pids;
}

Export* make_export(Term module, Term function, uint32_t arity, bool existing_only) {
  return existing_only ? find_export(module, function, arity) : get_export(module, function, arity);
}
FunEntry* make_fun_entry(const FunIdentity& identity) { return get_fun_entry(identity); }

}  // namespace

void init_code() {
  init_natives();
  etf::hooks.make_export = make_export;
  etf::hooks.make_fun_entry = make_fun_entry;
}

bool code_permission_try(Term holder) {
  sys::Locked guard(lock);
  auto& waiting = line();
  if (permission_holder.same(holder)) return true;
  if (permission_holder.is_non_value() && (waiting.empty() || waiting.front().same(holder))) {
    if (!waiting.empty()) waiting.erase(waiting.begin());
    permission_holder = holder;
    return true;
  }
  for (Term pid : waiting)
    if (pid.same(holder)) return false;
  waiting.push_back(holder);
  return false;
}

void code_permission_release(Term holder) {
  Term next;
  {
    sys::Locked guard(lock);
    auto& waiting = line();
    if (permission_holder.same(holder)) permission_holder = Term();
    else std::erase_if(waiting, [&](Term pid) { return pid.same(holder); });
    if (permission_holder.is_non_value() && !waiting.empty()) next = waiting.front();
  }
  if (next.is_value() && code_permission_wake) code_permission_wake(next);
}

}  // namespace joist
