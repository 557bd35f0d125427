// Loading. Everything is checked before anything changes: until the load or upgrade callback has agreed, the module's functions are as
// they were.
//
// Functions are bound in place. A function that may become a NIF begins with the instruction nif_stub, which does nothing; its operand is
// set first, then its word turns into native_body's. A process that is in the function already stays in Erlang's code.
#include "vm/nif/library.h"

#include <cstdarg>
#include <cstring>

#include "vm/code/breakpoints.h"
#include "vm/code/code.h"
#include "vm/code/ops.h"
#include "vm/code/ranges.h"
#include "vm/code/taints.h"
#include "vm/nif/resource.h"
#include "vm/sched/blocking.h"
#include "vm/sched/scheduler.h"
#include "vm/sys/library.h"
#include "vm/sys/memory.h"
#include "vm/term/list_util.h"
#include "vm/term/print.h"

namespace joist::nif {

namespace {

// ---- errors

struct Refusal {
  const char* reason = nullptr;
  std::string text;
  explicit operator bool() const { return reason; }
};

[[gnu::format(printf, 2, 3)]] Refusal refuse(const char* reason, const char* format, ...) {
  va_list rest, again;
  va_start(rest, format);
  va_copy(again, rest);
  std::string text(size_t(std::vsnprintf(nullptr, 0, format, rest)), 0);
  std::vsnprintf(text.data(), text.size() + 1, format, again);
  va_end(again);
  va_end(rest);
  return {reason, text};
}

Term error_term(Heap& heap, const Refusal& refusal) {
  Term text = list::from_text(heap, refusal.text);
  Term pair = heap.reserve(Words(3)).tuple(make_atom(refusal.reason), text);
  return heap.reserve(Words(3)).tuple(atom::error, pair);
}

constexpr const char* bad_lib = "bad_lib";

// ---- what the file says

bool at_least(const LibraryEntry& e, int major, int minor) { return e.major > major || (e.major == major && e.minor >= minor); }

// A copy in the layout of today; older libraries' structures end sooner.
LibraryEntry modern_entry(const LibraryEntry& of) {
  LibraryEntry e = {};
  std::memcpy(static_cast<void*>(&e), &of, offsetof(LibraryEntry, variant));
  e.variant = at_least(of, 2, 1) ? of.variant : vm_variant;
  e.options = at_least(of, 2, 7) ? of.options : 0;
  e.resource_callbacks_size = at_least(of, 2, 12) ? of.resource_callbacks_size : 0;
  e.least_erts = at_least(of, 2, 14) ? of.least_erts : "erts-?";
  return e;
}

FunctionRow function_row(const LibraryEntry& e, int i) {
  if (at_least(e, 2, 7)) return e.functions[i];
  struct OldRow {
    const char* name;
    unsigned arity;
    NifFn fn;
  };
  const OldRow& old = reinterpret_cast<const OldRow*>(e.functions)[i];
  return {old.name, old.arity, old.fn, job_normal};
}

const FunctionStart* find_function(const CodeInstance& code, Term name, unsigned arity) {
  for (size_t i = 0; i < code.function_count; i++)
    if (code.functions[i].function.same(name) && code.functions[i].arity == arity) return &code.functions[i];
  return nullptr;
}

Refusal bind(Library& library, const CodeInstance& code) {
  std::string module = print_atom(library.module);
  library.functions.reset(new Function[size_t(library.entry.function_count)]);
  for (int i = 0; i < library.entry.function_count; i++) {
    FunctionRow row = function_row(library.entry, i);
    auto refuse_function = [&](const char* why) { return refuse(bad_lib, "%s %s:%s/%u", why, module.c_str(), row.name, row.arity); };
    Term name = find_latin1_atom(row.name, std::strlen(row.name));
    const FunctionStart* start = name.is_value() ? find_function(code, name, row.arity) : nullptr;
    if (!start) return refuse_function("Function not found");
    if (instruction_word(code.code + start->entry) != handler_word(Op::nif_stub)) return refuse_function("Function not declared as nif");
    if (row.flags > job_dirty_io)
      return refuse_function(("Illegal flags field value " + std::to_string(int(row.flags)) + " for NIF").c_str());
    for (int j = 0; j < i; j++)
      if (library.functions[size_t(j)].code_offset == start->entry) return refuse_function("Duplicate NIF entry for");
    Function& f = library.functions[size_t(i)];
    f.library = &library;
    f.fn = row.fn;
    f.flags = row.flags;
    f.code_offset = start->entry;
    Export* target = get_export(library.module, name, row.arity);
    constexpr NativeKind kinds[] = {NativeKind::Long, NativeKind::DirtyCpu, NativeKind::DirtyIo};
    for (unsigned flags = job_normal; flags <= job_dirty_io; flags++) {
      Entry& e = f.entries[flags];
      e.module_text = atom_text(library.module).data();
      e.function_text = row.name;
      e.arity = uint8_t(row.arity);
      e.kind = kinds[flags];
      e.gate.store(e.kind, std::memory_order_relaxed);
      e.fn = call_function;
      e.module = library.module;
      e.function = name;
      e.export_ = target;
      e.nif = &f;
    }
  }
  return {};
}

void patch(const Library& library, CodeInstance& code) {
  for (int i = 0; i < library.entry.function_count; i++) {
    const Function& f = library.functions[size_t(i)];
    Word* at = code.code + f.code_offset;
    at[1] = reinterpret_cast<Word>(static_cast<const NativeEntry*>(&f.entries[f.flags]));
    replace_instruction(at, handler_word(Op::native_body));
  }
}

// ---- the file

// Opens it and looks whether it is a library for this module.
Refusal open_library(Library& library, const std::string& name) {
  std::string error, path = name + ".so";
  library.file = sys::library_open(path.c_str(), &error);
  if (!library.file) {
    if (error.find(name) != std::string::npos) return refuse("load_failed", "Failed to load NIF library: '%s'", error.c_str());
    return refuse("load_failed", "Failed to load NIF library %s: '%s'", name.c_str(), error.c_str());
  }
  void* symbol = sys::library_symbol(library.file, "nif_init", &error);
  if (!symbol) return refuse(bad_lib, "Failed to find library init function: '%s'", error.c_str());
  add_taint(library.module);
  auto* entry = reinterpret_cast<const LibraryEntry* (*)()>(symbol)();
  if (!entry) return refuse(bad_lib, "Library init-call unsuccessful");
  std::string module = print_atom(library.module);
  if (at_least(*entry, major_version, minor_version + 1)) {
    return refuse(bad_lib, "That '%s' NIF library needs %s or newer. Either try to recompile the NIF lib or use a newer erts runtime.",
                  module.c_str(), entry->least_erts);
  }
  bool first_maps = entry->major == 2 && entry->minor == 5;  // of an interface that never became one
  if (entry->major < least_major_version || first_maps) {
    return refuse(bad_lib, "That old NIF library (%d.%d) is not compatible with this erts runtime (%d.%d). Try recompile the NIF lib.",
                  entry->major, entry->minor, major_version, minor_version);
  }
  library.entry = modern_entry(*entry);
  if (std::strcmp(library.entry.variant, vm_variant) != 0)
    return refuse(bad_lib, "Library (%s) not compiled for this vm variant (%s).", library.entry.variant, vm_variant);
  if (!find_latin1_atom(entry->name, std::strlen(entry->name)).same(library.module))
    return refuse(bad_lib, "Library module name '%s' does not match calling module '%s'", entry->name, module.c_str());
  return {};
}

// The library's own say: load, or upgrade when the module's earlier version has a library.
Refusal ask(Library& library, Library* previous, Env& env, Term info) {
  if (!previous) {
    int veto = library.entry.load ? library.entry.load(&env, &library.data, info) : 0;
    return veto ? refuse("load", "Library load-call unsuccessful (%d).", veto) : Refusal{};
  }
  if (!library.entry.upgrade) return refuse("upgrade", "Upgrade not supported by this NIF library.");
  void* data_before = previous->data;
  block_others();
  int veto = library.entry.upgrade(&env, &library.data, &previous->data, info);
  unblock_others();
  if (!veto) return {};
  previous->data = data_before;
  return refuse("upgrade", "Library upgrade-call unsuccessful (%d).", veto);
}

Refusal load(Process& process, CodeInstance& code, Library* previous, const std::string& name, Term info) {
  auto* library = new Library;
  library->module = code.module;
  Env env(&process.heap, &process, library);
  env.may_open_types = true;
  Refusal refusal = open_library(*library, name);
  if (!refusal) refusal = bind(*library, code);
  if (!refusal) refusal = ask(*library, previous, env, info);
  if (refusal) {
    forget_opened_types(env);
    sys::library_close(library->file);
    delete library;
    return refusal;
  }
  commit_opened_types(env);
  code.nif_library = library;
  patch(*library, code);
  return {};
}

}  // namespace

Term load_library(Process& process, CodeInstance* caller, const std::string& name, Term info) {
  Refusal refusal;
  Module* module = caller ? find_module(caller->module) : nullptr;
  if (!module) {
    refusal = refuse(bad_lib, "load_nif/2 must be explicitly called from the NIF module. It cannot be called through apply/3.");
  } else if (module->old.load() == caller) {
    refusal = refuse("old_code", "Calling load_nif from old module '%s' not allowed", print_atom(caller->module).c_str());
  } else if (caller->nif_library) {
    refusal = refuse("reload", "NIF library already loaded (reload disallowed since OTP 20).");
  } else {
    CodeInstance* before = module->current.load();
    if (!before || before == caller) before = module->old.load();
    refusal = load(process, *caller, before ? static_cast<Library*>(before->nif_library) : nullptr, name, info);
  }
  return refusal ? error_term(process.heap, refusal) : atom::ok;
}

void unload_library(CodeInstance& instance) {
  auto* library = static_cast<Library*>(instance.nif_library);
  if (!library) return;
  instance.nif_library = nullptr;
  disown_types(*library);
  library->release();
}

void Library::release() {
  if (references.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  if (entry.unload) {
    OwnEnv env(this);
    entry.unload(&env, data);
  }
  sys::library_close(file);
  // The purged code, which names the functions, is freed after a grace period.
  retire_code(this, [](void* p) { delete static_cast<Library*>(p); });
}

Term function_list(Heap& heap, const CodeInstance& instance) {
  Term list = nil;
  auto* library = static_cast<const Library*>(instance.nif_library);
  if (!library) return list;
  HeapWriter w = heap.reserve(Words(5 * size_t(library->entry.function_count)));
  for (int i = library->entry.function_count; i-- > 0;) {
    const NativeEntry& e = library->functions[size_t(i)].entries[0];
    list = w.cons(w.tuple(e.function, Term::small(e.arity)), list);
  }
  return list;
}

}  // namespace joist::nif
