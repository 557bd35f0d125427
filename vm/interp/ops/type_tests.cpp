// Type tests: go on when the argument is of the type, else jump to the fail label.
#include "vm/interp/dispatch.h"
#include "vm/term/fun_identity.h"

namespace joist {

#define TEST_OP(name, condition)                \
  OP_MODES(name, S) {                           \
    auto& in = operands<ins::name>(pc);         \
    Term arg = in.arg.load<S>(REGS);            \
    if (!(condition)) JUMP(in.fail);            \
    NEXT(name);                                 \
  }                                             \
  VARIANTS(name, AllSources)

TEST_OP(is_integer, arg.is_small() || arg.is<Bignum>())
TEST_OP(is_float, is_float(arg))
TEST_OP(is_number, arg.is_small() || is_number(arg))
TEST_OP(is_atom, arg.is_atom())
TEST_OP(is_boolean, arg.same(atom::true_) || arg.same(atom::false_))
TEST_OP(is_pid, is_pid(arg))
TEST_OP(is_reference, is_ref(arg))
TEST_OP(is_port, is_port(arg))
TEST_OP(is_nil, arg.is_nil())
TEST_OP(is_bitstring, is_bits(arg))
TEST_OP(is_list, arg.is_cons() || arg.is_nil())
TEST_OP(is_nonempty_list, arg.is_cons())
TEST_OP(is_tuple, arg.is<Tuple>())
TEST_OP(is_map, is_map(arg))
TEST_OP(is_function, is_fun(arg))

// A bitstring of whole bytes.
static inline bool is_binary(Term t) {
  if (!t.is_boxed()) return false;
  Word h = t.header();
  // HeapBits and RefcBits have their size at different words.
  switch (header_kind(h)) {
    case Kind::HeapBits: return reinterpret_cast<HeapBits*>(t.boxed_words())->size_bits % 8 == 0;
    case Kind::RefcBits: return reinterpret_cast<RefcBits*>(t.boxed_words())->size_bits % 8 == 0;
    case Kind::SubBits: return reinterpret_cast<SubBits*>(t.boxed_words())->size_bits % 8 == 0;
    default: return false;
  }
}
TEST_OP(is_binary, is_binary(arg))

COLD_OP(is_function2_cold) {
  auto& in = operands<ins::is_function2>(pc);
  Term arg = in.arg.load<Mode::Any>(REGS), arity = in.arity.load<Mode::Any>(REGS);
  if (!arity.is_small() || arity.small_value() < 0) JUMP(in.fail);
  SWord wanted = arity.small_value();
  if (auto fun = arg.as<Fun>()) {
    if (fun_identity(*fun).arity != wanted) JUMP(in.fail);
  } else if (auto exported = arg.as<ExportFun>()) {
    if (export_identity(*exported).arity != wanted) JUMP(in.fail);
  } else {
    JUMP(in.fail);
  }
  NEXT(is_function2);
}
OP_MODES(is_function2, S) {
  auto& in = operands<ins::is_function2>(pc);
  Term arg = in.arg.load<S>(REGS);
  // A local fun, a constant arity: nearly always.
  if (arg.is<Fun>() && in.arity.is_constant()) [[likely]] {
    Word arity = fun_identity(*reinterpret_cast<Fun*>(arg.boxed_words())).arity;
    if (in.arity.bits != Term::small(SWord(arity)).raw()) JUMP(in.fail);
    NEXT(is_function2);
  }
  GOTO_OP(is_function2_cold);
}
VARIANTS(is_function2, AllSources)

OP_MODES(test_arity, S) {
  auto& in = operands<ins::test_arity>(pc);
  if (in.tuple.load<S>(REGS).header() != Tuple::make(in.arity.value)) JUMP(in.fail);
  NEXT(test_arity);
}
VARIANTS(test_arity, AllSources)

OP_MODES(is_tuple_of_arity, S) {
  auto& in = operands<ins::is_tuple_of_arity>(pc);
  Term arg = in.arg.load<S>(REGS);
  if (!arg.is_boxed() || arg.header() != Tuple::make(in.arity.value)) JUMP(in.fail);
  NEXT(is_tuple_of_arity);
}
VARIANTS(is_tuple_of_arity, AllSources)

OP_MODES(is_tagged_tuple, S) {
  auto& in = operands<ins::is_tagged_tuple>(pc);
  Term arg = in.arg.load<S>(REGS);
  if (!arg.is_boxed()) JUMP(in.fail);
  const Word* words = arg.boxed_words();
  if (words[0] != in.header.bits || words[1] != in.tag.bits) JUMP(in.fail);
  NEXT(is_tagged_tuple);
}
VARIANTS(is_tagged_tuple, AllSources)

OP_MODES(is_tagged_tuple_known, S) {
  auto& in = operands<ins::is_tagged_tuple_known>(pc);
  const Word* words = in.arg.load<S>(REGS).boxed_words();
  if (words[0] != in.header.bits || words[1] != in.tag.bits) JUMP(in.fail);
  NEXT(is_tagged_tuple_known);
}
VARIANTS(is_tagged_tuple_known, AllSources)

}  // namespace joist
