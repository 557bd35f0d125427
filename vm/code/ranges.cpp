// From a code address to the module instance, function and line it belongs to.
//
// The table is an array sorted by address. It is never changed: adding or removing makes a new one and publishes it with one
// store, so readers take no lock and need only not keep it past their next quiescent point.
#include "vm/code/ranges.h"

#include <algorithm>
#include <cstdlib>
#include <new>

#include "vm/sys/lock.h"
#include "vm/sys/memory.h"

namespace joist {

static void run_at_once(void* p, void (*destroy)(void*)) { destroy(p); }
RetireHook retire_code = run_at_once;

namespace {

struct Table {
  uint64_t version;  // no two tables have the same
  size_t count;
  CodeInstance* instances[0];  // sorted by code
};
std::atomic<Table*> ranges{nullptr};
std::atomic<size_t> words_total{0};
sys::Mutex lock{sys::LockRank::CodeTables};

Table* new_table(size_t count) {
  auto* t = static_cast<Table*>(sys::allocate(sizeof(Table) + count * sizeof(CodeInstance*), sys::Alloc::Code));
  static uint64_t last_version = 0;  // lock
  t->version = ++last_version;
  t->count = count;
  return t;
}
void free_table(void* t) { sys::release(t, sys::Alloc::Code); }

void publish(Table* fresh) {
  Table* old = ranges.exchange(fresh, std::memory_order_acq_rel);
  if (old) retire_code(old, free_table);
}

bool starts_before(const CodeInstance* a, const CodeInstance* b) { return a->code < b->code; }

}  // namespace

Word* code_allocate(size_t words) {
  words_total.fetch_add(words, std::memory_order_relaxed);
  return static_cast<Word*>(sys::allocate(words * sizeof(Word), sys::Alloc::Code));
}
void code_free(Word* code, size_t words) {
  if (!code) return;
  words_total.fetch_sub(words, std::memory_order_relaxed);
  sys::release(code, sys::Alloc::Code);
}
size_t code_words_total() { return words_total.load(std::memory_order_relaxed); }

void destroy_instance(CodeInstance* instance) {
  code_free(instance->code, instance->code_words);
  std::free(instance->functions);
  if (instance->owns_lines) std::free(const_cast<LineRow*>(instance->lines));
  std::free(instance->files);
  std::free(instance->export_table);
  std::free(instance->funs);
  std::free(instance->cut_funs);
  if (instance->literals) literal_area_destroy(instance->literals);
  delete instance;
}

void ranges_add(CodeInstance* instance) {
  sys::Locked guard(lock);
  Table* old = ranges.load(std::memory_order_relaxed);
  size_t count = old ? old->count : 0;
  Table* fresh = new_table(count + 1);
  if (old) std::copy(old->instances, old->instances + count, fresh->instances);
  CodeInstance** end = fresh->instances + count;
  CodeInstance** at = std::lower_bound(fresh->instances, end, instance, starts_before);
  std::copy_backward(at, end, end + 1);
  *at = instance;
  publish(fresh);
}

void ranges_remove(CodeInstance* instance) {
  sys::Locked guard(lock);
  Table* old = ranges.load(std::memory_order_relaxed);
  if (!old || std::find(old->instances, old->instances + old->count, instance) == old->instances + old->count) return;
  Table* fresh = new_table(old->count - 1);
  std::remove_copy(old->instances, old->instances + old->count, fresh->instances, instance);
  publish(fresh);
}

CodeInstance* find_code(const Word* pc) {
  Table* table = ranges.load(std::memory_order_acquire);
  if (!table) return nullptr;
  // Most questions come in a row about one module.
  static thread_local uint64_t found_in = 0;
  static thread_local CodeInstance* found;
  if (found_in == table->version && found->contains(pc)) return found;
  CodeInstance** end = table->instances + table->count;
  CodeInstance** after = std::upper_bound(table->instances, end, pc, [](const Word* p, const CodeInstance* i) { return p < i->code; });
  if (after == table->instances || !after[-1]->contains(pc)) return nullptr;
  found_in = table->version;
  return found = after[-1];
}

CodeLocation locate(const Word* pc) {
  CodeLocation found;
  CodeInstance* instance = find_code(pc);
  if (!instance) return found;
  auto offset = uint32_t(pc - instance->code);
  auto* functions_end = instance->functions + instance->function_count;
  auto* function = std::upper_bound(instance->functions, functions_end, offset,
                                    [](uint32_t at, const FunctionStart& f) { return at < f.info; });
  if (function == instance->functions) return found;
  found.instance = instance;
  found.function = function - 1;
  auto* lines_end = instance->lines + instance->line_count;
  auto* line = std::upper_bound(instance->lines, lines_end, offset, [](uint32_t at, const LineRow& row) { return at < row.offset; });
  if (line == instance->lines || line[-1].line == 0 || line[-1].file >= instance->file_count) return found;
  found.file = instance->files[line[-1].file];
  found.line = line[-1].line;
  return found;
}

}  // namespace joist
