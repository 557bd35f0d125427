// Funs and exports for unit tests that decode them, without a code server.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "vm/term/etf/etf.h"
#include "vm/term/fun_identity.h"

namespace joist::etf {

inline void set_test_hooks() {
  hooks.make_fun_entry = [](const FunIdentity& identity) {
    // Never destroyed, so that what they hold stays reachable to the end.
    static auto& funs = *new std::vector<FunIdentity*>;
    funs.push_back(new FunIdentity(identity));
    return reinterpret_cast<FunEntry*>(funs.back());
  };
  hooks.make_export = [](Term m, Term f, uint32_t arity, bool existing_only) -> Export* {
    static auto& exports = *new std::map<std::pair<Word, Word>, std::vector<ExportIdentity*>>;
    if (existing_only) return nullptr;
    auto& list = exports[{m.raw(), f.raw()}];
    for (auto* e : list)
      if (e->arity == arity) return reinterpret_cast<Export*>(e);
    list.push_back(new ExportIdentity{m, f, arity});
    return reinterpret_cast<Export*>(list.back());
  };
}

inline std::string from_hex(std::string_view s) {
  std::string out;
  auto digit = [](char c) { return c <= '9' ? c - '0' : (c | 32) - 'a' + 10; };
  for (size_t i = 0; i + 1 < s.size(); i += 2) out += char(digit(s[i]) << 4 | digit(s[i + 1]));
  return out;
}

}  // namespace joist::etf
