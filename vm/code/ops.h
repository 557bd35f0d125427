// The machine's instructions: numbers, operand structs and handler tables, all from ops.def.
#pragma once
#include "vm/base/for_each.h"
#include "vm/code/operands.h"

namespace joist {

// One struct per instruction, its handler word first.
namespace ins {
#define OP_FIELD(field) field;
#define OP(name, ...) \
  struct name {       \
    Word handler;     \
    FOR_EACH(OP_FIELD, __VA_ARGS__) \
  };
#include "vm/code/ops.def"
#undef OP
#undef OP_FIELD
}  // namespace ins

enum class Op : uint16_t {
#define OP(name, ...) name,
#include "vm/code/ops.def"
#undef OP
  count
};

// The attribute must be the GNU one: the bracket form is ignored in types.
typedef void (*Handler)(const Word* pc, Term* E, Word* HP, SWord reds, Process* process, Term x0, Term x1, Term x2, Term x3)
    __attribute__((preserve_none));

// Handlers of one instruction by the modes of its first `moded` Src and Dst operands, in field order.
struct HandlerTable {
  const Handler* handlers;                 // the product of the sizes
  uint8_t moded;
  uint8_t sizes[6];
  uint8_t index_of[6][mode_count];         // 255: no handler takes an operand in this mode
};

// handler_tables[op], each defined beside its handlers (vm/interp/dispatch.h: VARIANTS).
#define OP(name, ...) extern const HandlerTable handler_table_##name;
#include "vm/code/ops.def"
#undef OP
extern const HandlerTable* const handler_tables[size_t(Op::count)];

enum class FieldType : uint8_t { Src, Dst, Fail, Label, Count, Live, Words, Num, FReg, Imm, Raw, ExportPtr, NativePtr, FunPtr, Tail, Pairs };
struct FieldInfo {
  const char* name;
  FieldType type;
  uint8_t size;
  uint16_t offset;  // bytes from the handler word
};
struct OpInfo {
  const char* name;
  uint32_t words;   // of the struct
  uint32_t field_count;
  const FieldInfo* fields;
};
const OpInfo& op_info(Op op);

// Handler word of an instruction without moded operands.
Word handler_word(Op op);
// Handler word for operands in these modes (of the Src and Dst fields in order); 0 when there is none.
Word handler_word(Op op, const Mode* modes, size_t count);
// The instruction a handler word belongs to; Op::count when none. For printing code: slow the first time.
Op op_of_handler(Word handler);
// The modes that a handler of `op` is compiled for, one for each moded operand. Returns how many.
size_t modes_of_handler(Op op, Word handler, Mode modes[6]);

template <class Ins>
inline constexpr size_t words_of = sizeof(Ins) / sizeof(Word);

}  // namespace joist
