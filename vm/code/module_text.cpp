#include "vm/code/module_text.h"

#include "vm/code/module.h"
#include "vm/term/print.h"

namespace joist {

CodeSizes code_sizes(const Module& m) {
  auto size = [](const CodeInstance* code) { return code ? code->code_words * sizeof(Word) : 0; };
  return {size(m.current.load()), size(m.old.load())};
}

CodeSizes loaded_code_sizes() {
  CodeSizes all;
  for_each_module([](Module& m, void* sum) {
    auto& all = *static_cast<CodeSizes*>(sum);
    CodeSizes sizes = code_sizes(m);
    all.current += sizes.current;
    all.old += sizes.old;
  }, &all);
  return all;
}

std::string loaded_modules_text() {
  CodeSizes all = loaded_code_sizes();
  std::string text = "Current code: " + std::to_string(all.current) + "\nOld code: " + std::to_string(all.old) + "\n";
  for_each_module([](Module& m, void* to) {
    auto [current, old] = code_sizes(m);
    if (!current && !old) return;
    *static_cast<std::string*>(to) += print_atom(m.name) + " " + std::to_string(current) + (old ? " (" + std::to_string(old) + " old)" : "") + "\n";
  }, &text);
  return text;
}

}  // namespace joist
