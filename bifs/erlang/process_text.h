// A process as text: what process_info(P, backtrace), erlang:process_display/2, system_info(procs) and crash dumps show.
#pragma once
#include <string>

#include "vm/process/process.h"

namespace joist {

// Program counter, live x registers of a waiting call, and the stack, innermost frame first. Only while the process is not running
// (or runs this native). Nothing of a sensitive one.
void append_backtrace(const Process& process, std::string* out);
// A section =proc:Pid, as in crash dumps. Terms: with messages, dictionary and backtrace, which have sections of their own there.
enum class ProcessDetail : uint8_t { Terms, Summary };
void append_process(Process& process, ProcessDetail detail, std::string* out);
// #Ref<…> of a monitor.
std::string reference_text(RefKey key);
// (module:function/arity + offset), the offset in bytes from the function's entry. code: one past a call, or one past where it is.
std::string code_place_text(const Word* code);

// A word of a stack as texts show it.
struct StackWord {
  enum Kind : uint8_t { Return, Catch, Value } kind;
  const Word* at;
  const Word* code;    // where a Return goes on, or the handler of a Catch
  size_t y;            // number of a Catch or a Value in its frame
  Term value() const { return Term::from_raw(*at); }
  std::string place() const { return code_place_text(kind == Catch ? code + 1 : code); }
};
// Calls visit(StackWord) for what is in the stack, innermost frame first, but for words that hold nothing yet.
template <class Visit>
void each_stack_word(const Process& p, Visit visit) {
  size_t y = 0;
  for (const Word* at = p.heap.stack; at < p.heap.end; at++) {
    Term word = Term::from_raw(*at);
    if (word.tag() == Tag::Header) {
      if (!*at) continue;
      visit(StackWord{StackWord::Return, at, reinterpret_cast<const Word*>(*at), 0});
      y = 0;
    } else if (word.is_immediate_kind(Immediate::Catch)) {
      visit(StackWord{StackWord::Catch, at, reinterpret_cast<const Word*>(word.immediate_payload() << 3), y++});
    } else {
      visit(StackWord{StackWord::Value, at, nullptr, y++});
    }
  }
}

}  // namespace joist
