// Terms in a crash dump: one line an object, which names other objects by their addresses, as OTP's readers of dumps take them.
#pragma once
#include <unordered_set>
#include <vector>

#include "vm/node/dump_file.h"
#include "vm/process/process.h"

namespace joist {

class TermDump {
 public:
  explicit TermDump(DumpFile& out) : out_(out) {}

  // Dictionary, messages, stack and all that they refer to. The process can never run again: what was written is marked in place.
  void process(Process& process);
  // What stands for the term in another object, which has it at `slot`.
  std::string element(Term term, const void* slot);
  // The literals that any of the above referred to, and theirs.
  void literals();
  // The bytes of binaries that any of the above referred to.
  void binaries();

 private:
  void stack(const Process& process);
  void messages(Process& process);
  void write_object(Word pointer);
  void write_pending();
  void write_floats();
  std::string object(const Word* words, bool is_cons);
  std::string elements(const Word* first, size_t count);
  std::string bits(const Word* words);

  DumpFile& out_;
  std::vector<Word> to_write_, literals_to_write_;  // pointers
  std::vector<std::pair<Word, Term>> floats_;       // self-tagged ones, as objects with addresses of their own
  std::unordered_set<Word> literals_;               // that were met; they are in no heap, and are not marked
  std::unordered_set<SharedBytes*> shared_;
};

}  // namespace joist
