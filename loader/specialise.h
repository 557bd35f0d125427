// From generic instructions to the machine's.
#pragma once
#include "loader/generic.h"
#include "vm/code/module.h"

namespace joist {

class CodeReferences;

// Fills instance.code, code_words, functions and lines (the words through code_allocate of vm/code/ranges.h; tables through
// malloc). label_offsets (one a label of the module, zeroed by the caller) gets the word offset of each label's code: link uses it for
// exports, funs and on_load. instance.module, literals, files, md5 and funs (the FunEntry of each row of module.lambdas, for
// make_fun) are set already. Exports it refers to come from get_export(). references: see Emitter.
Result<Ok, LoadError> specialise(const ParsedModule& module, CodeInstance& instance, std::span<uint32_t> label_offsets,
                                 CodeReferences* references = nullptr);

}  // namespace joist
