// Handler words of the stubs that exports and funs without code have.
#pragma once
#include "vm/base/types.h"

namespace joist {

Word undefined_export_handler();
Word unloaded_fun_handler();

}  // namespace joist
