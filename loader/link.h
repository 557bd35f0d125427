// Loading in two steps, as OTP does: prepare() may take long and changes nothing; finish() makes any number of prepared modules current
// at once.
#pragma once
#include <memory>
#include <span>
#include <string>

#include "loader/generic.h"
#include "vm/code/module.h"
#include "vm/term/magic.h"

namespace joist {

class CodeReferences;

// A module ready to be made current; Erlang holds it by a magic reference. Consumed by finish().
struct PreparedModule final : MagicObject {
  static const char magic_type;
  Term name;
  std::unique_ptr<CodeInstance, void (*)(CodeInstance*)> instance;  // null once consumed
  uint32_t on_load_offset = 0;
  uint32_t* fun_offsets = nullptr;  // of instance->funs

  explicit PreparedModule(CodeInstance* of);
  ~PreparedModule() override;
  bool has_on_load() const { return instance && instance->on_load; }
};

// From a beam file: packed code if there is, else as translate_module. `name`: the module that is expected, or the non-value. Any thread.
Result<PreparedModule*, LoadError> prepare_module(Term name, std::span<const uint8_t> bytes);
// Parses, verifies and specialises. references: see Emitter.
Result<PreparedModule*, LoadError> translate_module(std::span<const uint8_t> bytes, CodeReferences* references = nullptr);

// Makes the modules current. The caller holds the code permission, checked that none is there twice and none has old code while there is
// current code. Those with an on_load function become pending_on_load instead (then there must be one module only).
void finish_modules(std::span<PreparedModule* const> modules);

// The current instance becomes the old one; exports call the error handler. Permission held; there is no old instance. False: there was
// no current one.
bool delete_module(Module& module);
// After the on_load function of module.pending_on_load succeeded.
void activate_on_load(Module& module);

// Purging the old instance: first its funs are cut off, so that nobody can get into it any more; after a grace period processes
// are checked; then it is destroyed, or the funs are restored.
void purge_cut_funs(CodeInstance& old);
void purge_restore_funs(CodeInstance& old);
// Takes an instance out of the ranges and frees it after a grace period. Literals stay: *literals gets the area.
void purge_instance(CodeInstance* old, LiteralArea** literals);

// The export that stands for the on_load function of a module while it runs.
Export* on_load_export(Term module);

// A line about a module that was refused, when the environment asks for it (JOIST_TRACE has an l).
void report_load_error(Term module, const LoadError& error);

// Names in the order of loading.
std::span<const Term> preloaded_modules();
// Makes a module current that must be there from the start, and releases it. Without lines, as those inside OTP's emulator are:
// stacktraces show no locations in them.
void finish_preloaded_module(PreparedModule* module, bool with_lines = false);

}  // namespace joist
