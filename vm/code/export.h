// Exports: one per {M, F, A} ever called or defined; never freed. Calls go through `address[active_code_index]`.
#pragma once
#include <atomic>

#include "vm/code/native.h"
#include "vm/term/fun_identity.h"

namespace joist {

// Three generations of addresses: the active one, the one being staged, and the one that stragglers may still read.
inline constexpr size_t code_indices = 3;
extern std::atomic<uint32_t> active_code_index;

struct Export {  // begins as ExportIdentity does
  Term module;
  Term function;
  uint32_t arity;
  // Where a call goes. Not defined: `stub`, whose instruction calls error_handler (or the native).
  std::atomic<const Word*> address[code_indices];
  // A one-instruction function of this export's own: [handler][Export*]. The handler says which kind: error_handler call,
  // native call, breakpoint.
  Word stub[2];
  const NativeEntry* native = nullptr;  // set for BIFs
  ExportFun fun_term;                   // the literal `fun M:F/A`, shared by all

  const Word* current() const { return address[active_code_index.load(std::memory_order_acquire)].load(std::memory_order_relaxed); }
  bool is_stub(const Word* code) const { return code == stub; }
  Term fun() { return fun_term.term(); }
};

// The export of M:F/A, made when needed. Thread-safe; lookup takes no lock.
Export* get_export(Term module, Term function, uint32_t arity);
Export* find_export(Term module, Term function, uint32_t arity);  // null when never mentioned
size_t export_count();
// Calls f(Export&, arg) for all.
void for_each_export(void (*f)(Export&, void* arg), void* arg);

}  // namespace joist
