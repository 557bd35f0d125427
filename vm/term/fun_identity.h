// What the term layer must know of funs and exports to compare, hash and print them. The code layer's FunEntry and Export
// begin with the same members, so that vm/term needs nothing of vm/code.
#pragma once
#include "vm/term/boxed.h"

namespace joist {

// Head of FunEntry (vm/code). Written once by the loader, then constant.
struct FunIdentity {
  Term module;        // atom
  uint32_t index;     // in the module's fun table
  uint32_t arity;     // of the call: without the free variables
  uint32_t num_free;
  uint32_t old_index; // as the FunT chunk says; printed
  uint32_t old_uniq;  // a hash of the module, as old compilers made it; compared and printed as a signed number
  uint8_t uniq[16];   // MD5 of the module's significant chunks
};

// Head of Export (vm/code). Constant.
struct ExportIdentity {
  Term module;    // atom
  Term function;  // atom
  uint32_t arity;
};

inline const FunIdentity& fun_identity(const Fun& fun) { return *reinterpret_cast<const FunIdentity*>(fun.entry); }
inline const ExportIdentity& export_identity(const ExportFun& fun) {
  return *reinterpret_cast<const ExportIdentity*>(fun.target);
}

}  // namespace joist
