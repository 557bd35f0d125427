// Making modules current, old, and gone.
//
// What a call reaches is decided by three things: exports (through the active code index), fun entries, and the module table. A change
// of any number of modules stages all export addresses in the next generation and publishes them with one store; fun entries and
// the module table follow at once, under the code permission. Code that becomes unreachable stays until it is purged.
#include "loader/link.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "loader/pack.h"
#include "loader/parse.h"
#include "loader/process_code.h"
#include "loader/references.h"
#include "loader/specialise.h"
#include "loader/verify.h"
#include "vm/code/breakpoints.h"
#include "vm/code/code.h"
#include "vm/code/fun.h"
#include "vm/code/ranges.h"
#include "vm/process/process_table.h"
#include "vm/process/send.h"
#include "vm/sys/environment.h"

namespace joist {

const char PreparedModule::magic_type = 0;

PreparedModule::PreparedModule(CodeInstance* of) : name(of->module), instance(of, destroy_instance) { type = &magic_type; }
PreparedModule::~PreparedModule() { std::free(fun_offsets); }

namespace {

template <class T>
T* new_array(size_t count) {
  auto* p = static_cast<T*>(std::calloc(count ? count : 1, sizeof(T)));
  VERIFY(p);
  return p;
}

// Fills what specialise() expects to be there, and takes over the literal area.
void describe(const ParsedModule& module, CodeInstance& instance) {
  instance.module = module.name;
  instance.files = new_array<Term>(module.files.size());
  instance.file_count = module.files.size();
  for (size_t i = 0; i < module.files.size(); i++) instance.files[i] = module.files[i];
  std::memcpy(instance.md5, module.md5, sizeof instance.md5);
  instance.attributes = module.attributes;
  instance.compile_info = module.compile_info;
  instance.funs = new_array<FunEntry*>(module.lambdas.size());
  instance.fun_count = module.lambdas.size();
  for (uint32_t i = 0; i < module.lambdas.size(); i++) {
    auto& row = module.lambdas[i];
    FunIdentity id{};
    id.module = module.name;
    id.index = i;
    id.old_uniq = row.old_uniq;
    id.old_index = row.old_index;
    id.arity = row.arity - row.num_free;
    id.num_free = row.num_free;
    std::memcpy(id.uniq, module.md5, sizeof id.uniq);
    FunEntry* entry = get_fun_entry(id);
    entry->function = row.function;
    instance.funs[i] = entry;
  }
}

// Exports of the module that are not natives go back to their stubs, in the staging generation.
void stage_undefined(const CodeInstance& instance) {
  for (size_t i = 0; i < instance.export_count; i++) {
    Export& target = *instance.export_table[i].target;
    if (instance.contains(staging_address(target))) staging_set(target, target.stub);
  }
}
void stage_defined(const CodeInstance& instance) {
  for (size_t i = 0; i < instance.export_count; i++)
    staging_set(*instance.export_table[i].target, instance.code + instance.export_table[i].offset);
}

void retire_old(Module& module) {
  CodeInstance* current = module.current.load(std::memory_order_relaxed);
  if (!current) return;
  module.old.store(current, std::memory_order_release);
  module.current.store(nullptr, std::memory_order_release);
}

// A new version is not watched because the one before it was; nor is that one any more, though its on_load function may refuse it.
void stop_watching(const Module& module) {
  if (CodeInstance* current = module.current.load(std::memory_order_relaxed)) clear_breakpoints(*current);
}

void set_everywhere(Export& target, const Word* address) {
  for (auto& slot : target.address) slot.store(address, std::memory_order_release);
}

void enable_funs(const CodeInstance& instance, const uint32_t* offsets) {
  for (size_t i = 0; i < instance.fun_count; i++)
    instance.funs[i]->address.store(instance.code + offsets[i], std::memory_order_release);
}

}  // namespace

// An arity that no function has keeps it apart from the module's own functions.
Export* on_load_export(Term module) { return get_export(module, atom::on_load, 0xffff); }

// `code` fills in what specialise() does.
template <class Code>
static Result<PreparedModule*, LoadError> prepare(ParsedModule& module, Code code) {
  auto prepared = std::make_unique<PreparedModule>(new CodeInstance{.module = module.name});
  CodeInstance& instance = *prepared->instance;
  describe(module, instance);
  CodeEntries entries;
  TRY(code(instance, &entries));
  instance.export_table = new_array<ExportAddress>(module.exports.size());
  instance.export_count = module.exports.size();
  for (size_t i = 0; i < module.exports.size(); i++) {
    auto& row = module.exports[i];
    instance.export_table[i] = {get_export(module.name, row.function, row.arity), entries.exports[i]};
  }
  prepared->fun_offsets = new_array<uint32_t>(entries.funs.size());
  std::copy(entries.funs.begin(), entries.funs.end(), prepared->fun_offsets);
  if (entries.on_load) instance.on_load = instance.code + entries.on_load;
  instance.literals = module.literal_area;
  module.literal_area = nullptr;
  return prepared.release();
}

static Result<PreparedModule*, LoadError> translate(ParsedModule& module, CodeReferences* references) {
  TRY(verify_module(module));
  return prepare(module, [&](CodeInstance& instance, CodeEntries* entries) -> Result<Ok, LoadError> {
    std::vector<uint32_t> label_offsets(module.labels.size());
    if (references) references->begin(module);
    TRY(specialise(module, instance, label_offsets, references));
    // Verified: these labels are entries of functions.
    for (auto& row : module.exports) entries->exports.push_back(label_offsets[row.label]);
    for (auto& row : module.lambdas) entries->funs.push_back(label_offsets[row.label]);
    if (module.on_load_label) entries->on_load = label_offsets[module.on_load_label];
    return Ok{};
  });
}

// The error does not matter: the module is loaded in the ordinary way then.
static Result<PreparedModule*, LoadError> prepare_packed(Term name, std::span<const uint8_t> bytes) {
  auto packed = PackedModule::find(bytes);
  if (!packed) return LoadError{};
  auto module = TRY(parse_module(bytes, *packed));
  if (name.is_value() && !name.same(module->name)) return LoadError{};
  return prepare(*module, [&](CodeInstance& instance, CodeEntries* entries) -> Result<Ok, LoadError> {
    if (!packed->restore(*module, instance, entries)) return LoadError{};
    return Ok{};
  });
}

Result<PreparedModule*, LoadError> prepare_module(Term name, std::span<const uint8_t> bytes) {
  if (auto prepared = prepare_packed(name, bytes)) return prepared;
  auto module = TRY(parse_module(bytes));
  if (name.is_value() && !name.same(module->name))
    return LoadError{"it is module " + std::string(atom_text(module->name)) + ", not " + std::string(atom_text(name))};
  return translate(*module, nullptr);
}

Result<PreparedModule*, LoadError> translate_module(std::span<const uint8_t> bytes, CodeReferences* references) {
  auto module = TRY(parse_module(bytes));
  return translate(*module, references);
}

void finish_modules(std::span<PreparedModule* const> modules) {
  for (PreparedModule* prepared : modules) stop_watching(*get_module(prepared->name));
  staging_begin();
  for (PreparedModule* prepared : modules) {
    if (prepared->has_on_load()) continue;
    Module& module = *get_module(prepared->name);
    if (CodeInstance* current = module.current.load(std::memory_order_relaxed)) stage_undefined(*current);
    stage_defined(*prepared->instance);
  }
  // Code must be found by address before anyone can run it.
  for (PreparedModule* prepared : modules) ranges_add(prepared->instance.get());
  for (PreparedModule* prepared : modules) {
    Module& module = *get_module(prepared->name);
    CodeInstance* fresh = prepared->instance.release();
    enable_funs(*fresh, prepared->fun_offsets);
    if (fresh->on_load) {
      module.pending_on_load = fresh;
      set_everywhere(*on_load_export(module.name), fresh->on_load);
      continue;
    }
    if (watch_new_code) watch_new_code(*fresh);
    retire_old(module);
    module.current.store(fresh, std::memory_order_release);
  }
  staging_publish();
}

bool delete_module(Module& module) {
  CodeInstance* current = module.current.load(std::memory_order_relaxed);
  if (!current) return false;
  stop_watching(module);
  staging_begin();
  stage_undefined(*current);
  retire_old(module);
  staging_publish();
  return true;
}

void activate_on_load(Module& module) {
  CodeInstance* fresh = module.pending_on_load;
  module.pending_on_load = nullptr;
  stop_watching(module);
  staging_begin();
  if (CodeInstance* current = module.current.load(std::memory_order_relaxed)) stage_undefined(*current);
  stage_defined(*fresh);
  if (watch_new_code) watch_new_code(*fresh);
  retire_old(module);
  module.current.store(fresh, std::memory_order_release);
  staging_publish();
  Export& on_load = *on_load_export(module.name);
  set_everywhere(on_load, on_load.stub);
  fresh->on_load = nullptr;
}

void purge_cut_funs(CodeInstance& old) {
  for (size_t i = 0; i < old.fun_count; i++) {
    FunEntry& fun = *old.funs[i];
    const Word* address = fun.address.load(std::memory_order_relaxed);
    if (!old.contains(address)) continue;
    if (!old.cut_funs) old.cut_funs = new_array<const Word*>(old.fun_count);
    old.cut_funs[i] = address;
    fun.in_purge.store(true);
    fun.address.store(fun.stub, std::memory_order_release);
  }
}

void purge_restore_funs(CodeInstance& old) {
  if (!old.cut_funs) return;
  for (size_t i = 0; i < old.fun_count; i++) {
    if (!old.cut_funs[i]) continue;
    const Word* stub = old.funs[i]->stub;
    old.funs[i]->address.compare_exchange_strong(stub, old.cut_funs[i], std::memory_order_release);
    old.funs[i]->in_purge.store(false);
  }
  std::free(old.cut_funs);
  old.cut_funs = nullptr;
}

void purge_instance(CodeInstance* old, LiteralArea** literals) {
  *literals = old->literals;
  old->literals = nullptr;
  if (old->on_load) {
    Export& on_load = *on_load_export(old->module);
    set_everywhere(on_load, on_load.stub);
  }
  for (size_t i = 0; old->cut_funs && i < old->fun_count; i++)
    if (old->cut_funs[i]) old->funs[i]->in_purge.store(false);
  ranges_remove(old);
  forget_breakpoints(*old);
  retire_code(old, [](void* p) { destroy_instance(static_cast<CodeInstance*>(p)); });
}

void report_load_error(Term module, const LoadError& error) {
  std::string trace;
  if (!sys::get_env("JOIST_TRACE", &trace) || trace.find('l') == std::string::npos) return;
  std::string name(atom_text(module));
  std::fprintf(stderr, "joist: cannot load %s: %s\n", name.c_str(), error.reason.c_str());
}

static std::vector<Term>& preloaded() {
  static auto* names = new std::vector<Term>;
  return *names;
}
std::span<const Term> preloaded_modules() { return preloaded(); }

// What vm/code needs of the layers above it.
static void connect() {
  retire_code = [](void* p, void (*destroy)(void*)) {
    if (process_hooks.retire) process_hooks.retire(p, destroy);
    else destroy(p);
  };
  code_permission_wake = [](Term pid) {
    if (Process* process = find_process(pid)) wake_waiting(*process);
  };
  process_hooks.refers_to_old_code = process_uses_old_code;
}

void finish_preloaded_module(PreparedModule* module, bool with_lines) {
  connect();
  if (module->has_on_load()) module->instance->on_load = nullptr;  // its natives are built in
  if (!with_lines) module->instance->line_count = 0;
  preloaded().push_back(module->name);
  finish_modules({&module, 1});
  module->release();
}

}  // namespace joist
