// NIF libraries: loading one for a module, its functions, and its end. README.md is the essay.
#pragma once
#include <atomic>
#include <memory>
#include <string>

#include "vm/code/module.h"
#include "vm/nif/env.h"

namespace joist::sys {
struct Library;
}

namespace joist::nif {

struct Function;

// A function of a library as the machine calls it: one entry for each place where it may run.
struct Entry : NativeEntry {
  const Function* nif = nullptr;
};
struct Function {
  Library* library = nullptr;
  NifFn fn = nullptr;
  unsigned flags = 0;  // JobFlags: where calls start
  uint32_t code_offset = 0;
  Entry entries[3];    // by JobFlags
};

// References: the module's code instance, each resource type with callbacks, each dirty call that is under way. With the last one the
// library's unload callback is called and its file closed.
struct Library {
  std::atomic<int64_t> references{1};
  Term module;
  sys::Library* file = nullptr;
  LibraryEntry entry = {};
  std::unique_ptr<Function[]> functions;  // entry.function_count
  void* data = nullptr;                   // the library's own
  void retain() { references.fetch_add(1, std::memory_order_relaxed); }
  void release();
};

// erlang:load_nif/2, called by code of `caller` (null: by apply/3): ok or {error, {Reason, Text}}. `name`: the file's, without .so. The
// caller holds the code permission; the other schedulers stand still during an upgrade callback.
Term load_library(Process& process, CodeInstance* caller, const std::string& name, Term info);
// The instance is being purged: nothing runs in it any more.
void unload_library(CodeInstance& instance);
// [{Function, Arity}] of the instance's library; [] when there is none.
Term function_list(Heap& heap, const CodeInstance& instance);

// call.cpp: NativeEntry::fn of all entries.
NativeResult call_function(NativeCall& c);
// hold_native: the process of a dirty call may exit, and the module be purged, while it waits or runs.
void hold_library(const NativeEntry& native, bool on);

}  // namespace joist::nif
