#include "vm/code/stubs.h"

#include "vm/code/ops.h"

namespace joist {

Word undefined_export_handler() { return handler_word(Op::call_undefined); }
Word unloaded_fun_handler() { return handler_word(Op::call_unloaded_fun); }

}  // namespace joist
