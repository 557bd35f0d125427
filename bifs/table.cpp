// The native table, made from bifs.def.
#include "vm/code/native.h"

namespace joist {

#define BIF(module, function, arity, cpp_name, kind) NativeResult bif_##module##_##cpp_name##_##arity(NativeCall& c);
#define MISSING(module, function, arity)
#define INSTRUCTION(module, function, arity)
#include "bifs/bifs.def"
#undef BIF
#undef MISSING
#undef INSTRUCTION

NativeEntry native_table[] = {
#define BIF(module, function, arity, cpp_name, kind) \
  {#module, function, arity, NativeKind::kind, bif_##module##_##cpp_name##_##arity, {}, {}, nullptr},
#define MISSING(module, function, arity) {#module, function, arity, NativeKind::Missing, nullptr, {}, {}, nullptr},
#define INSTRUCTION(module, function, arity) {#module, function, arity, NativeKind::Instruction, nullptr, {}, {}, nullptr},
#include "bifs/bifs.def"
#undef BIF
#undef MISSING
#undef INSTRUCTION
};
const size_t native_count = sizeof native_table / sizeof native_table[0];

}  // namespace joist
