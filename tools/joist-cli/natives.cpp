// `joist natives`: the table of native functions, with totals.
#include <cstdio>

#include "tools/joist-cli/commands.h"
#include "vm/code/native.h"

namespace joist::cli {
namespace {

const char* kind_name(NativeKind kind) {
  switch (kind) {
    case NativeKind::Plain: return "plain";
    case NativeKind::Guard: return "guard";
    case NativeKind::Heavy: return "heavy";
    case NativeKind::Yielding: return "yielding";
    case NativeKind::Long: return "long";
    case NativeKind::LongIo: return "long_io";
    case NativeKind::DirtyCpu: return "dirty_cpu";
    case NativeKind::DirtyIo: return "dirty_io";
    case NativeKind::Missing: return "missing";
    case NativeKind::Instruction: return "instruction";
  }
  return "";
}

}  // namespace

int natives_main(bool missing_only) {
  size_t missing = 0;
  for (size_t i = 0; i < native_count; i++) {
    const NativeEntry& n = native_table[i];
    bool gone = n.kind == NativeKind::Missing;
    missing += gone;
    if (!missing_only || gone) printf("%-11s %s:%s/%d\n", kind_name(n.kind), n.module_text, n.function_text, n.arity);
  }
  printf("%zu natives, %zu there, %zu missing\n", native_count, native_count - missing, missing);
  return 0;
}

}  // namespace joist::cli
