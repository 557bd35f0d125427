// Breakpoints: functions whose calls something watches. What is done at one is its owner's (vm/trace).
//
// A breakpoint is at the entry of a function: its handler word is that of `breakpoint`, which does what the settings say and goes on
// with the handler that was there; every call meets it. Or it is at an export: calls by way of it go to a stub, whose instruction
// `call_breakpoint` does the same and goes on to the function; local calls do not meet it. Both are found by their code address in one
// table that is never changed, only replaced with one store, so a change of any number of breakpoints takes effect for every
// process at once. Nothing of this costs anything where there is no breakpoint.
#pragma once
#include <memory>
#include <vector>

#include "vm/code/module.h"

namespace joist {

struct Breakpoint {
  const Word* at;         // the entry, or the stub
  std::atomic<Word> instruction;  // entry: the handler word that it stands for
  Term module, function;
  uint32_t arity;
  Export* calls_of;       // export: its own; entry: null
  std::atomic<const Word*> covered;  // export: where calls went when the stub was put there
};

// What happens at a breakpoint: the owner derives from it. Never changed once published; freed after a grace period.
struct BreakpointSettings {
  virtual ~BreakpointSettings() = default;
};

struct FoundBreakpoint {
  const Breakpoint* breakpoint = nullptr;        // null: there was never one
  const BreakpointSettings* settings = nullptr;  // null: nothing is to be done
};
// Lock-free; what it returns is valid until the thread's next quiescent point.
FoundBreakpoint find_breakpoint(const Word* at);
// The breakpoint at an export's calls, if there is one.
FoundBreakpoint find_breakpoint(const Export& target);
// The handler word at `pc`, or the one that a breakpoint there stands for.
Word instruction_word(const Word* pc);
// Another handler word for the instruction at `pc`, breakpoint or not. The holder of the permission.
void replace_instruction(const Word* pc, Word handler);
// Where a call that met the stub of an export goes on.
const Word* behind_breakpoint(const Breakpoint& breakpoint);

// A set of changes that take effect together. The holder of the code permission makes them.
class BreakpointChange {
 public:
  // staged: addresses of exports are set in the generation that the caller is staging, and are published with it.
  explicit BreakpointChange(bool staged = false) : staged_(staged) {}
  // What will be there; null: nothing.
  const BreakpointSettings* at_function(const CodeInstance& instance, const FunctionStart& function) const;
  const BreakpointSettings* at_export(const Export& target) const;
  void set(CodeInstance& instance, const FunctionStart& function, std::unique_ptr<BreakpointSettings> settings);
  void set(Export& target, std::unique_ptr<BreakpointSettings> settings);
  void publish();

 private:
  friend void clear_breakpoints(const CodeInstance& instance);
  void stage(const Word* at, std::unique_ptr<BreakpointSettings> settings);
  bool staged_;
  bool added_ = false;
  std::vector<const Word*> touched_;
};

// Holder of the permission: the instance stops being its module's current one. Nothing of it is watched any more.
void clear_breakpoints(const CodeInstance& instance);
// The instance is about to be freed.
void forget_breakpoints(const CodeInstance& instance);

// While the sum of all changes is above 0, calls of all natives go by way of their exports, breakpoint or not. For any thread.
void watch_all_natives(int change);

// Set by vm/trace: an instance is about to become current; its exports are staged, not published. Null: nobody watches.
extern void (*watch_new_code)(CodeInstance& fresh);

}  // namespace joist
