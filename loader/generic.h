// What a .beam file says, decoded: the loader's intermediate form.
//
// parse() (parse.h) reads the bytes into a ParsedModule; verify() (verify.h) proves that running it cannot break the machine;
// specialise() (specialise.h) turns its generic instructions into the machine's. Everything here lives in the module's arena but
// the terms, which are in its literal area (handed over to the CodeInstance when the load succeeds).
#pragma once
#include <span>
#include <string>
#include <vector>

#include "gc/literal_area.h"
#include "loader/arena.h"
#include "vm/term/term.h"

namespace joist {

// Why a load was refused; for the log. The caller answers badfile whatever it says.
struct LoadError {
  std::string reason;
};
struct Ok {};

// Opcode numbers as in the files: op_label = 1 …
enum Opcode : uint16_t {
#define OPCODE(number, name, arity) op_##name = number,
#include "loader/opcodes.def"
#undef OPCODE
  opcode_limit  // one past the highest known
};
const char* opcode_name(unsigned opcode);  // "?" when unknown
int opcode_arity(unsigned opcode);         // -1 when unknown

enum class OperandKind : uint8_t {
  X,        // value: register number
  Y,        // value: register number, 0 is the newest slot of the frame
  F,        // value: floating-point register
  Unsigned, // value: a count, size, flags, index … Allocation lists become this: words in all, in this VM's layouts
  Integer,  // value: fits a small integer (larger ones are Literal)
  Atom,     // value: Term::raw() of the atom
  Nil,
  Char,     // value: code point (an integer, historically)
  Literal,  // value: index into ParsedModule::literals
  Label,    // value: label number; 0: none (raise instead of jumping)
  List,     // `list`, `aux` elements
};

struct GenericOperand {
  OperandKind kind = OperandKind::Nil;
  uint32_t aux = 0;  // List: count. X and Y: 1 + index into types when the compiler attached a type, else 0
  union {
    SWord value = 0;
    const GenericOperand* list;
  };

  bool is_register() const { return kind == OperandKind::X || kind == OperandKind::Y; }
  bool is_constant() const { return kind >= OperandKind::Integer && kind <= OperandKind::Literal; }
  bool is_x(SWord n) const { return kind == OperandKind::X && value == n; }
  std::span<const GenericOperand> elements() const { return {list, aux}; }
  Term atom() const { return Term::from_raw(Word(value)); }
};
static_assert(sizeof(GenericOperand) == 16);

struct GenericOp {
  uint16_t opcode = 0;
  uint16_t count = 0;  // operands
  const GenericOperand* operands = nullptr;
  std::span<const GenericOperand> args() const { return {operands, count}; }
  const GenericOperand& operator[](size_t i) const { return operands[i]; }
};

// One function: from its first `label` (the one that failing clauses jump to) through func_info to its last instruction;
// `line` instructions are included. ops[func_info] is the func_info; ops[func_info + 1] is the label of the entry.
struct GenericFunction {
  Term name;
  uint32_t arity = 0;
  uint32_t info_label = 0;   // label in front of func_info
  uint32_t entry_label = 0;  // label behind it
  uint32_t func_info = 0;    // index into ops
  std::span<const GenericOp> ops;
};

struct ImportRow {
  Term module, function;
  uint32_t arity = 0;
};
// True for erlang:error/1 and the like: a call never comes back, and there need be no code behind it. Compilers write calls to
// them as tail calls with frame sizes that do not always match; parsing turns all of them into plain call_ext.
bool never_returns(const ImportRow& import);
// Row of ExpT or LocT.
struct ExportRow {
  Term function;
  uint32_t arity = 0;
  uint32_t label = 0;
};
struct LambdaRow {
  Term function;
  uint32_t arity = 0;      // of the function: free variables included
  uint32_t label = 0;
  uint32_t old_index = 0;
  uint32_t num_free = 0;
  uint32_t old_uniq = 0;
};
// Row of the Line chunk. Operand n of `line` is an index into ParsedModule::lines; row 0 is "no location".
struct LineItem {
  uint32_t file = 0;  // index into files
  uint32_t line = 0;
};

// A value's type as the compiler saw it. Bits as in version 1 of the chunk, whatever version the file has.
struct TypeInfo {
  enum Bits : uint16_t {
    Atom = 1 << 0, Bitstring = 1 << 1, MatchState = 1 << 2, Cons = 1 << 3, Float = 1 << 4, Fun = 1 << 5, Integer = 1 << 6,
    Map = 1 << 7, Nil = 1 << 8, Pid = 1 << 9, Port = 1 << 10, Reference = 1 << 11, Tuple = 1 << 12, Any = (1 << 13) - 1,
  };
  uint16_t bits = Any;
  uint8_t unit = 1;             // Bitstring: size is a multiple of this
  bool has_min = false, has_max = false;
  SWord min = 0, max = 0;       // Integer
  bool is_only(uint16_t some) const { return (bits & ~some) == 0; }
  // An integer that certainly is a small one.
  bool is_small() const {
    return is_only(Integer) && has_min && has_max && Term::fits_small(min) && Term::fits_small(max);
  }
};

struct LabelPosition {
  uint32_t function = ~0u;  // index into functions; ~0: not defined
  uint32_t op = 0;          // index of the `label` instruction in its ops
};

struct ParsedModule {
  Arena arena;
  Term name;
  std::span<Term> atoms;          // 1-based as in the file; atoms[0] is nil
  std::span<ImportRow> imports;
  std::span<ExportRow> exports;
  std::span<ExportRow> locals;
  std::span<LambdaRow> lambdas;
  std::span<Term> literals;       // of the literal table, then integers of the code beyond the small range
  LiteralArea* literal_area = nullptr;
  std::vector<std::span<const uint8_t>> big_integers;  // the last of the literals, as the code says them: two's complement, big-endian
  std::span<const uint8_t> strings;  // StrT, a copy
  std::span<TypeInfo> types;
  std::span<LineItem> lines;
  std::span<Term> files;          // literal strings; files[0] is the module's own name + ".erl"
  Term attributes = nil;
  Term compile_info = nil;
  uint8_t md5[16] = {};
  std::vector<GenericOp> ops;
  std::span<GenericFunction> functions;  // parts of ops
  std::span<LabelPosition> labels;  // by label number; labels[0] unused
  uint32_t on_load_label = 0;     // entry label of the -on_load function; 0: none
  uint32_t max_opcode = 0;        // of the Code header

  // Found by verify: is_map_key tests that must set their destination even when they fail. The compiler knows from types that they cannot
  // fail and reads the destination at the fail label.
  mutable std::vector<const GenericOp*> define_on_failure;

  ParsedModule() = default;
  ParsedModule(const ParsedModule&) = delete;
  ParsedModule& operator=(const ParsedModule&) = delete;
  ~ParsedModule();                // destroys the literal area unless it was taken

  // Term of a constant operand.
  Term constant(const GenericOperand& operand) const;
  // Type the compiler attached to a register operand; "any" when none.
  const TypeInfo& type(const GenericOperand& operand) const {
    static constexpr TypeInfo any;
    return operand.is_register() && operand.aux != 0 ? types[operand.aux - 1] : any;
  }
};

}  // namespace joist
