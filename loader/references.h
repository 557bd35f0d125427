// What specialised code refers to by an address or a number of this run: the notes that make it possible to use the code in another
// run (pack.h). The emitter takes them when it is asked to.
#pragma once
#include <unordered_map>
#include <vector>

#include "loader/generic.h"
#include "vm/code/ops.h"

namespace joist {

enum class Reference : uint8_t {
  None,     // in packed code: only moves on
  Handler,  // address of an instruction's handler
  Atom,     // of ParsedModule::atoms
  Literal,  // of ParsedModule::literals
  Export,   // of CodeReferences::exports
  Native,   // of native_table
  Fun,      // of ParsedModule::lambdas
  Shape,    // key tuple of maps, of CodeReferences::shapes
};

class CodeReferences {
 public:
  struct Row {
    uint32_t at;      // word offset in the code
    Reference kind;
    uint32_t index;   // what it refers to; nothing for a Handler
  };
  // An instruction whose operands depend on the numbers that atoms have: see rearrange().
  struct Arranged {
    uint32_t at, op;
  };

  // Before any of the notes below.
  void begin(const ParsedModule& module);
  void instruction(Op op, uint32_t at);
  void term(Term t, uint32_t at);
  void pointer(FieldType type, Word word, uint32_t at);

  // False when there was something that is no such reference: the code can be used in this run only.
  bool complete() const { return complete_; }
  std::vector<Row>& words() { return words_; }  // in no order
  const std::vector<Arranged>& arranged() const { return arranged_; }
  const std::vector<ImportRow>& exports() const { return exports_; }
  const std::vector<std::vector<uint32_t>>& shapes() const { return shapes_; }  // numbers of atoms
  const std::vector<std::vector<uint8_t>>& big_integers() const { return big_integers_; }  // ParsedModule's
  // Of ParsedModule::atoms; 0 when it is not there.
  uint32_t atom_number(Term atom) const;

 private:
  bool shape(Term t, uint32_t at);
  std::unordered_map<Word, uint32_t> atoms_, literals_, exports_seen_;
  std::vector<Row> words_;
  std::vector<Arranged> arranged_;
  std::vector<ImportRow> exports_;
  std::vector<std::vector<uint32_t>> shapes_;
  std::vector<std::vector<uint8_t>> big_integers_;
  bool complete_ = true;
};

// Does again what translation does with the numbers of atoms: the order of cases, hashes of keys. `at`: the instruction, whose terms
// are those of this run.
bool depends_on_atom_numbers(Op op);
void rearrange(Op op, Word* at);

}  // namespace joist
