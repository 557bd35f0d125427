// The rows are kept by code address for whoever changes them, and copied to a new table for the readers with each change.
//
// Order of a change: the new rows are published without settings; then handler words and stubs are put in place, where they do nothing
// yet; then the settings of all rows change with one store; then words and stubs without settings are taken back. Rows stay until
// their code is freed, because a thread may just have read the word.
#include "vm/code/breakpoints.h"

#include <unordered_map>

#include "vm/code/code.h"
#include "vm/code/ops.h"
#include "vm/code/ranges.h"
#include "vm/sys/lock.h"
#include "vm/sys/memory.h"

namespace joist {

void (*watch_new_code)(CodeInstance& fresh) = nullptr;

namespace {

struct Table {
  size_t mask;
  FoundBreakpoint rows[0];  // open addressing by Breakpoint::at
};
std::atomic<Table*> active{nullptr};

struct Row {
  Breakpoint breakpoint;
  std::unique_ptr<BreakpointSettings> settings, staged;
  bool is_staged = false;
};
// The holder of the permission only; never freed.
std::unordered_map<const Word*, std::unique_ptr<Row>>& all_rows() {
  static auto* rows = new std::unordered_map<const Word*, std::unique_ptr<Row>>;
  return *rows;
}

size_t hash_of(const Word* at) {
  Word h = reinterpret_cast<Word>(at) / sizeof(Word) * 0x9e3779b97f4a7c15;
  return h ^ h >> 32;
}

void free_table(void* table) { sys::release(table, sys::Alloc::Code); }
void free_settings(void* settings) { delete static_cast<BreakpointSettings*>(settings); }
void free_row(void* row) { delete static_cast<Row*>(row); }

// Publishes the rows with their staged settings, or with those that are in force.
void publish_table(bool staged) {
  size_t size = 16;
  while (size < all_rows().size() * 2) size *= 2;
  auto* fresh = static_cast<Table*>(sys::allocate_zeroed(sizeof(Table) + size * sizeof(FoundBreakpoint), sys::Alloc::Code));
  fresh->mask = size - 1;
  for (auto& [at, row] : all_rows()) {
    size_t i = hash_of(at) & fresh->mask;
    while (fresh->rows[i].breakpoint) i = (i + 1) & fresh->mask;
    fresh->rows[i] = {&row->breakpoint, (staged && row->is_staged ? row->staged : row->settings).get()};
  }
  Table* old = active.exchange(fresh, std::memory_order_acq_rel);
  if (old) retire_code(old, free_table);
}

FoundBreakpoint search(const Table* table, const Word* at) {
  if (!table) return {};
  for (size_t i = hash_of(at) & table->mask; table->rows[i].breakpoint; i = (i + 1) & table->mask)
    if (table->rows[i].breakpoint->at == at) return table->rows[i];
  return {};
}

Word read_word(const Word* at) { return std::atomic_ref<Word>(*const_cast<Word*>(at)).load(std::memory_order_relaxed); }
void write_word(const Word* at, Word word) { std::atomic_ref<Word>(*const_cast<Word*>(at)).store(word, std::memory_order_release); }

// The stub of an export, made when first needed.
std::unordered_map<const Export*, Word*>& stubs() {
  static auto* all = new std::unordered_map<const Export*, Word*>;
  return *all;
}
Word* stub_of(Export& target) {
  Word*& stub = stubs()[&target];
  if (!stub) {
    stub = code_allocate(words_of<ins::call_breakpoint>);
    stub[0] = handler_word(Op::call_breakpoint);
    stub[1] = reinterpret_cast<Word>(&target);
  }
  return stub;
}

// Calls of a native by the instruction of that name are sent by way of its export while any of its breakpoints has settings, or all
// natives are watched.
struct WatchedNatives {
  sys::Mutex lock{sys::LockRank::Leaf};
  std::unordered_map<const NativeEntry*, int> counts;
  int all = 0;

  void set_gate(NativeEntry& native) {
    auto found = counts.find(&native);
    bool watched = all || (found != counts.end() && found->second);
    native.gate.store(watched ? NativeKind::Watched : native.kind, std::memory_order_relaxed);
  }
};
WatchedNatives& watched_natives() {
  static auto* watched = new WatchedNatives;
  return *watched;
}

void watch_native(const Breakpoint& b, int change) {
  auto* native = const_cast<NativeEntry*>(find_native(b.module, b.function, b.arity));
  if (!native) return;
  WatchedNatives& watched = watched_natives();
  sys::Locked<sys::Mutex> locked(watched.lock);
  watched.counts[native] += change;
  watched.set_gate(*native);
}

void put(Row& row) {
  Breakpoint& b = row.breakpoint;
  if (!b.calls_of) {
    write_word(b.at, handler_word(Op::breakpoint));
  } else if (const Word* address = staging_address(*b.calls_of); address != b.at) {
    b.covered.store(address, std::memory_order_relaxed);
    staging_set(*b.calls_of, b.at);
  }
  watch_native(b, 1);
}
void take_back(Row& row) {
  Breakpoint& b = row.breakpoint;
  watch_native(b, -1);
  if (!b.calls_of) write_word(b.at, b.instruction);
  else if (staging_address(*b.calls_of) == b.at) staging_set(*b.calls_of, b.covered.load(std::memory_order_relaxed));
}
}  // namespace

void watch_all_natives(int change) {
  WatchedNatives& watched = watched_natives();
  sys::Locked<sys::Mutex> locked(watched.lock);
  bool before = watched.all != 0;
  watched.all += change;
  if (before == (watched.all != 0)) return;
  for (size_t i = 0; i < native_count; i++) watched.set_gate(native_table[i]);
}

FoundBreakpoint find_breakpoint(const Word* at) {
  FoundBreakpoint found = search(active.load(std::memory_order_acquire), at);
  if (found.breakpoint || read_word(at) != handler_word(Op::breakpoint)) return found;
  // The word was seen before the table that was published ahead of it.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  return search(active.load(std::memory_order_acquire), at);
}

FoundBreakpoint find_breakpoint(const Export& target) {
  const Word* address = target.current();
  FoundBreakpoint found = search(active.load(std::memory_order_acquire), address);
  return found.breakpoint && found.breakpoint->calls_of == &target ? found : FoundBreakpoint{};
}

Word instruction_word(const Word* pc) {
  static const Word breakpoint = handler_word(Op::breakpoint);
  Word word = read_word(pc);
  if (word != breakpoint) [[likely]] return word;
  return find_breakpoint(pc).breakpoint->instruction;
}

void replace_instruction(const Word* pc, Word handler) {
  if (auto row = all_rows().find(pc); row != all_rows().end()) row->second->breakpoint.instruction.store(handler);
  if (*pc != handler_word(Op::breakpoint)) write_word(pc, handler);
}

const Word* behind_breakpoint(const Breakpoint& b) {
  // The stub may have been left behind by a new version of the module.
  const Word* address = b.calls_of->current();
  return address != b.at ? address : b.covered.load(std::memory_order_acquire);
}

const BreakpointSettings* BreakpointChange::at_function(const CodeInstance& instance, const FunctionStart& function) const {
  auto found = all_rows().find(instance.code + function.entry);
  if (found == all_rows().end()) return nullptr;
  return (found->second->is_staged ? found->second->staged : found->second->settings).get();
}
const BreakpointSettings* BreakpointChange::at_export(const Export& target) const {
  auto stub = stubs().find(&target);
  if (stub == stubs().end()) return nullptr;
  auto found = all_rows().find(stub->second);
  if (found == all_rows().end()) return nullptr;
  return (found->second->is_staged ? found->second->staged : found->second->settings).get();
}

void BreakpointChange::set(CodeInstance& instance, const FunctionStart& function, std::unique_ptr<BreakpointSettings> settings) {
  const Word* at = instance.code + function.entry;
  auto& row = all_rows()[at];
  if (!row) {
    row.reset(new Row{{at, *at, instance.module, function.function, function.arity, nullptr, nullptr}, {}, {}});
    added_ = true;
  }
  stage(at, std::move(settings));
}
void BreakpointChange::set(Export& target, std::unique_ptr<BreakpointSettings> settings) {
  const Word* at = stub_of(target);
  auto& row = all_rows()[at];
  if (!row) {
    row.reset(new Row{{at, 0, target.module, target.function, target.arity, &target, target.current()}, {}, {}});
    added_ = true;
  }
  stage(at, std::move(settings));
}
void BreakpointChange::stage(const Word* at, std::unique_ptr<BreakpointSettings> settings) {
  Row& row = *all_rows()[at];
  if (!row.is_staged) touched_.push_back(at);
  row.is_staged = true;
  row.staged = std::move(settings);
}

void BreakpointChange::publish() {
  if (touched_.empty()) return;
  if (added_) publish_table(false);
  if (!staged_) staging_begin();
  for (const Word* at : touched_) {
    Row& row = *all_rows()[at];
    if (row.staged && !row.settings) put(row);
  }
  if (!staged_) staging_publish();
  publish_table(true);
  if (!staged_) staging_begin();
  for (const Word* at : touched_) {
    Row& row = *all_rows()[at];
    if (!row.staged && row.settings) take_back(row);
    if (BreakpointSettings* old = row.settings.release()) retire_code(old, free_settings);
    row.settings = std::move(row.staged);
    row.is_staged = false;
  }
  if (!staged_) staging_publish();
  touched_.clear();
  added_ = false;
}

void clear_breakpoints(const CodeInstance& instance) {
  BreakpointChange change;
  for (auto& [at, row] : all_rows()) {
    if (!row->settings) continue;
    Export* target = row->breakpoint.calls_of;
    if (target ? target->module.same(instance.module) : instance.contains(at)) change.stage(at, nullptr);
  }
  change.publish();
}

void forget_breakpoints(const CodeInstance& instance) {
  auto& rows = all_rows();
  std::vector<Row*> gone;
  for (auto at = rows.begin(); at != rows.end();) {
    if (!instance.contains(at->first)) {
      ++at;
      continue;
    }
    gone.push_back(at->second.release());
    at = rows.erase(at);
  }
  if (gone.empty()) return;
  publish_table(false);
  for (Row* row : gone) retire_code(row, free_row);
}

}  // namespace joist
