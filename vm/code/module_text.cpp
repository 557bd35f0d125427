#include "vm/code/module_text.h"

#include "vm/code/module.h"
#include "vm/term/print.h"

namespace joist {

std::string loaded_modules_text() {
  struct Sum {
    size_t current = 0, old = 0;
    std::string lines;
  } sum;
  for_each_module([](Module& m, void* argument) {
    auto& s = *static_cast<Sum*>(argument);
    auto size = [](CodeInstance* code) { return code ? code->code_words * sizeof(Word) : 0; };
    size_t current = size(m.current.load()), old = size(m.old.load());
    if (!current && !old) return;
    s.current += current;
    s.old += old;
    s.lines += print_atom(m.name) + " " + std::to_string(current) + (old ? " (" + std::to_string(old) + " old)" : "") + "\n";
  }, &sum);
  return "Current code: " + std::to_string(sum.current) + "\nOld code: " + std::to_string(sum.old) + "\n" + sum.lines;
}

}  // namespace joist
