// Facts about instructions, computed from the text of ops.def's rows: "Src lhs" is a field of type Src named lhs.
#include "vm/code/ops.h"

#include <cstring>
#include <iterator>
#include <unordered_map>

namespace joist {
namespace {

struct TypeRow {
  const char* name;
  FieldType type;
  uint8_t size;
};
constexpr TypeRow type_rows[] = {
#define T(name) {#name, FieldType::name, sizeof(ins::name)}
    T(Src), T(Dst), T(Fail), T(Label), T(Count), T(Live), T(Words), T(Num), T(FReg), T(Imm), T(Raw), T(ExportPtr), T(NativePtr),
    T(FunPtr), T(Tail), T(Pairs),
#undef T
};

constexpr FieldInfo parse_field(const char* text, uint32_t& at) {
  size_t blank = 0;
  while (text[blank] != ' ') blank++;
  for (const TypeRow& row : type_rows) {
    size_t i = 0;
    while (i < blank && row.name[i] == text[i]) i++;
    if (i < blank || row.name[i] != 0) continue;
    uint32_t align = row.size == 0 ? 8 : row.size;
    at = (at + align - 1) / align * align;
    FieldInfo field{text + blank + 1, row.type, row.size, uint16_t(at)};
    at += row.size;
    return field;
  }
  PANIC("ops.def: unknown operand type in \"%s\"", text);
}

template <size_t N>
struct Fields {
  FieldInfo rows[N == 0 ? 1 : N];
  uint32_t bytes;
};
template <class... Text>
constexpr auto parse_fields(Text... texts) {
  Fields<sizeof...(texts)> fields{};
  uint32_t at = sizeof(Word);
  [[maybe_unused]] size_t i = 0;
  ((fields.rows[i++] = parse_field(texts, at)), ...);
  fields.bytes = (at + 7) / 8 * 8;
  return fields;
}

#define TEXT(x) #x
#define OP(name, ...)                                                                    \
  constexpr auto fields_##name = parse_fields(FOR_EACH_COMMA(TEXT, __VA_ARGS__));        \
  static_assert(fields_##name.bytes == sizeof(ins::name));
#include "vm/code/ops.def"
#undef OP

constexpr OpInfo infos[] = {
#define OP(name, ...) {#name, fields_##name.bytes / 8, 0 FOR_EACH(PLUS_ONE, __VA_ARGS__), fields_##name.rows},
#define PLUS_ONE(x) +1
#include "vm/code/ops.def"
#undef OP
};

size_t table_size(const HandlerTable& table) {
  size_t n = 1;
  for (size_t i = 0; i < table.moded; i++) n *= table.sizes[i];
  return n;
}

}  // namespace

const HandlerTable* const handler_tables[size_t(Op::count)] = {
#define OP(name, ...) &handler_table_##name,
#include "vm/code/ops.def"
#undef OP
};

const OpInfo& op_info(Op op) { return infos[size_t(op)]; }

Word handler_word(Op op) {
  const HandlerTable& table = *handler_tables[size_t(op)];
  VERIFY(table.moded == 0);
  return reinterpret_cast<Word>(table.handlers[0]);
}

Word handler_word(Op op, const Mode* modes, size_t count) {
  const HandlerTable& table = *handler_tables[size_t(op)];
  size_t index = 0;
  for (size_t i = 0; i < table.moded; i++) {
    VERIFY(i < count);
    uint8_t at = table.index_of[i][size_t(modes[i])];
    if (at == 255) return 0;
    index = index * table.sizes[i] + at;
  }
  return reinterpret_cast<Word>(table.handlers[index]);
}

Op op_of_handler(Word handler) {
  static const auto* const by_handler = [] {
    auto* map = new std::unordered_map<Word, Op>;
    for (size_t op = 0; op < size_t(Op::count); op++) {
      const HandlerTable& table = *handler_tables[op];
      for (size_t i = 0; i < table_size(table); i++) map->emplace(reinterpret_cast<Word>(table.handlers[i]), Op(op));
    }
    return map;
  }();
  auto found = by_handler->find(handler);
  return found == by_handler->end() ? Op::count : found->second;
}

size_t modes_of_handler(Op op, Word handler, Mode modes[6]) {
  const HandlerTable& table = *handler_tables[size_t(op)];
  size_t index = 0;
  while (reinterpret_cast<Word>(table.handlers[index]) != handler) index++;
  for (size_t i = table.moded; i-- > 0; index /= table.sizes[i]) {
    // A mode without handlers of its own has the index of Any: Any, the last, wins.
    for (size_t m = 0; m < mode_count; m++)
      if (table.index_of[i][m] == index % table.sizes[i]) modes[i] = Mode(m);
  }
  return table.moded;
}

}  // namespace joist
