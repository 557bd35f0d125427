// What the term layer must know of funs and exports to compare, hash and print them. The code layer's FunEntry and Export
// begin with these, so that vm/term needs nothing of vm/code.
#pragma once
#include "vm/term/boxed.h"

namespace joist {

// First member of FunEntry (vm/code). Written once by the loader, then constant.
struct FunIdentity {
  Term module;        // atom
  uint32_t index;     // in the module's fun table
  uint32_t old_uniq;  // a hash of the module, as old compilers made it; unsigned 32 bits as in the FunT chunk
  uint32_t old_index; // as the FunT chunk says
  uint32_t arity;     // without the environment
  uint8_t uniq[16];   // MD5 of the module's significant chunks
};

// First member of Export (vm/code). Constant.
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
