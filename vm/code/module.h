// Modules and their code instances.
//
// A module has at most two instances: current and old. Loading stages exports and funs in the staging code index and then
// activates it at once, so that every process sees either all of the old or all of the new code. Purged instances are freed after
// every scheduler passed a quiescent point.
#pragma once
#include <atomic>

#include "gc/literal_area.h"
#include "vm/code/export.h"

namespace joist {

// Start of one function in a CodeInstance: code[info] is the func_info instruction, code[entry] the first instruction.
struct FunctionStart {
  uint32_t info;   // word offset of func_info
  uint32_t entry;  // word offset of the entry
  Term function;
  uint32_t arity;
};

// Where a source location begins: everything from `offset` on, until the next row, is at file:line.
struct LineRow {
  uint32_t offset;  // word offset of the instruction after the call (a return address) or of the failing instruction
  uint32_t file;    // index into files
  uint32_t line;    // 0: no location
};

// An exported function of an instance.
struct ExportAddress {
  Export* target;
  uint32_t offset;  // word offset of the entry
};

struct CodeInstance {
  Term module;
  Word* code = nullptr;          // the words; handlers' addresses inside
  size_t code_words = 0;
  FunctionStart* functions = nullptr;  // sorted by info
  size_t function_count = 0;
  const LineRow* lines = nullptr;  // sorted by offset
  size_t line_count = 0;
  bool owns_lines = true;        // else they are part of a mapped file
  Term* files = nullptr;         // atoms or literal strings (lists) of file names, index 0 is the module's own
  size_t file_count = 0;
  LiteralArea* literals = nullptr;
  uint8_t md5[16] = {};
  Term attributes = nil;         // literal terms: module_info(attributes) …
  Term compile_info = nil;
  Term native_flags = nil;
  const Word* on_load = nullptr; // entry of the -on_load function
  ExportAddress* export_table = nullptr;
  size_t export_count = 0;
  struct FunEntry** funs = nullptr;
  size_t fun_count = 0;
  const Word** cut_funs = nullptr; // while being purged: the addresses that funs had; null otherwise
  void* nif_library = nullptr;   // vm/nif's
  bool contains(const Word* p) const { return p >= code && p < code + code_words; }
};

struct Module {
  Term name;
  std::atomic<CodeInstance*> current{nullptr};
  std::atomic<CodeInstance*> old{nullptr};
  CodeInstance* pending_on_load = nullptr;  // loaded, but its -on_load function has not finished; code permission
};

Module* find_module(Term name);  // null when never loaded; lock-free
Module* get_module(Term name);   // made when needed
size_t module_count();
void for_each_module(void (*f)(Module&, void* arg), void* arg);

// What a code address belongs to; null when none. Lock-free (ranges are copied on write, reclaimed after quiescence).
CodeInstance* find_code(const Word* pc);
struct CodeLocation {
  CodeInstance* instance = nullptr;
  const FunctionStart* function = nullptr;
  Term file;          // string literal, or the non-value
  uint32_t line = 0;
};
// Function and source line of an address. `return_address`: pc is one past a call.
CodeLocation locate(const Word* pc);

}  // namespace joist
