// How handlers are written: what every file of vm/interp/ops includes. README.md shows how.
#pragma once
#include <initializer_list>

#include "gc/stress.h"
#include "vm/base/tunables.h"
#include "vm/code/native.h"
#include "vm/interp/regs.h"
#include "vm/process/process.h"

namespace joist {

#define HANDLER __attribute__((preserve_none))

// ---- definitions

// An instruction without modes: one handler. Follow it with the body.
#define OP(name)                                                                    \
  static void op_##name(REGS_DECL) HANDLER;                                         \
  static constexpr Handler handlers_##name[] = {op_##name};                         \
  constinit const HandlerTable handler_table_##name = {handlers_##name, 0, {}, {}}; \
  static void op_##name(REGS_DECL)

// An instruction with a handler for each combination of modes; the names given are template parameters of type Mode, for the first Src
// and Dst fields in order. After the body: VARIANTS(name, Set, …) with a Modes<…> for each parameter.
#define OP_MODES(name, ...)                                                    \
  template <FOR_EACH_COMMA(MODE_PARAMETER, __VA_ARGS__)>                       \
  struct op_##name {                                                           \
    static void run(REGS_DECL) HANDLER;                                        \
  };                                                                           \
  template <FOR_EACH_COMMA(MODE_PARAMETER, __VA_ARGS__)>                       \
  void op_##name<__VA_ARGS__>::run(REGS_DECL)
#define MODE_PARAMETER(name) ::joist::Mode name

#define VARIANTS(name, ...)                                                                     \
  static constexpr auto variants_##name = make_variants<op_##name, __VA_ARGS__>();              \
  constinit const HandlerTable handler_table_##name = make_table(variants_##name);

// A named slow path: no instruction of its own, runs with pc at the instruction that went there.
#define COLD_OP(name) [[gnu::cold, gnu::noinline]] HANDLER static void cold_##name(REGS_DECL)
// The same for a path that programs often take: compiled for speed.
#define WARM_OP(name) [[gnu::noinline]] HANDLER static void cold_##name(REGS_DECL)
// A cold one to be called from other files: SHARED_COLD_OP(name) { … } and in a header DECLARE_COLD_OP(name);
#define SHARED_COLD_OP(name) [[gnu::cold, gnu::noinline]] HANDLER void cold_##name(REGS_DECL)
#define DECLARE_COLD_OP(name) HANDLER void cold_##name(REGS_DECL)

// ---- endings of a handler; all are tail calls
// The handler word at pc. Another thread may put a breakpoint there or take it away: either word is right, and on every machine that
// there is a load of a word is whole. An atomic load would cost an instruction.
#if __has_feature(thread_sanitizer)
#define HANDLER_WORD() __atomic_load_n(pc, __ATOMIC_RELAXED)
#else
#define HANDLER_WORD() (*pc)
#endif
#ifdef JOIST_PROFILE_OPS
// profile.cpp
void profile_op(Word handler);
void profile_slow_path(const char* name);
#define PROFILE_SLOW_PATH(name) ::joist::profile_slow_path(#name)
#define DISPATCH() do { ::joist::profile_op(*pc); [[clang::musttail]] return reinterpret_cast<::joist::Handler>(HANDLER_WORD())(REGS); } while (0)
#else
#define PROFILE_SLOW_PATH(name) ((void)0)
// The empty asm makes the compiler finish pc before it loads from there: else it computes the address twice.
#define DISPATCH() do { asm("" : "+r"(pc)); [[clang::musttail]] return reinterpret_cast<::joist::Handler>(HANDLER_WORD())(REGS); } while (0)
#endif
// This instruction again, from its start: a breakpoint at it was passed before.
#define RERUN() do { [[clang::musttail]] return ::joist::rerun_instruction(REGS); } while (0)
// To the instruction behind this one (of type ins::name, without a tail).
#define NEXT(name) do { pc += ::joist::words_of<::joist::ins::name>; DISPATCH(); } while (0)
// To the instruction behind this one, whose tail has `items` words.
#define NEXT_TAIL(name, items) do { pc += ::joist::words_of<::joist::ins::name> + (items); DISPATCH(); } while (0)
// To a Fail or Label operand.
#define JUMP(label) do { pc += (label).distance; DISPATCH(); } while (0)
#define GOTO_OP(name) do { PROFILE_SLOW_PATH(name); [[clang::musttail]] return cold_##name(REGS); } while (0)
// Raises error:reason at this instruction.
#define RAISE(reason) do { set_error(*process, reason); GOTO_OP(raise); } while (0)
// Fails to the label of `fail`, or raises as above when it has none.
#define FAIL_OR_RAISE(fail, reason) do { if (fail) JUMP(fail); RAISE(reason); } while (0)
// The same with the frame of the native erlang:function/N on top of the stacktrace: RAISE_AS(in.fail, reason, atom::plus, lhs, rhs).
#define RAISE_AS(fail, reason, function, ...) \
  do { if (fail) JUMP(fail); set_native_error(*process, reason, function, {__VA_ARGS__}); GOTO_OP(raise); } while (0)

// ---- registers in memory, for C++ that needs the process whole (its heap, its x registers)
// x0-x3 only, so that any x register is one load from one base.
#define SPILL_X()                   \
  do {                              \
    ::joist::Term* spilled_ = process->x; \
    spilled_[0] = x0;               \
    spilled_[1] = x1;               \
    spilled_[2] = x2;               \
    spilled_[3] = x3;               \
  } while (0)
#define SPILL()                     \
  do {                              \
    process->heap.top = HP;         \
    process->heap.stack = reinterpret_cast<::joist::Word*>(E); \
    process->reductions = reds;     \
    process->pc = pc;               \
    SPILL_X();                      \
  } while (0)
#define RELOAD_X()                  \
  do {                              \
    const ::joist::Term* spilled_ = process->x; \
    x0 = spilled_[0];               \
    x1 = spilled_[1];               \
    x2 = spilled_[2];               \
    x3 = spilled_[3];               \
  } while (0)
// pc is the handler's own: RELOAD leaves it.
#define RELOAD()                    \
  do {                              \
    HP = process->heap.top;         \
    E = reinterpret_cast<::joist::Term*>(process->heap.stack); \
    reds = process->reductions;     \
    RELOAD_X();                     \
  } while (0)
// Makes room for `need` words; terms move. x registers below `live` survive. What takes long is made elsewhere, and then the instruction
// starts again: nothing may have been changed before.
#define COLLECT(need, live)                                       \
  do {                                                            \
    SPILL();                                                      \
    if (!collect_or_leave(*process, need, live)) return;          \
    RELOAD();                                                     \
  } while (0)
// NAME_collect: makes the room that NAME's `need` asks for and runs NAME again
#define COLLECT_AND_RETRY(name)               \
  COLD_OP(name##_collect) {                   \
    auto& in = operands<ins::name>(pc);       \
    COLLECT(in.need.value, in.live.value);    \
    RERUN();                                  \
  }

// Room for `words` between HP and E, the reserve for return addresses left alone. In gc-stress builds the answer is mostly no, so that
// collections happen everywhere.
[[gnu::always_inline]] inline bool has_room([[maybe_unused]] const Process* process, const Term* E, const Word* HP, size_t words) {
#ifdef JOIST_GC_STRESS
  if (gc_stress::point(process->heap)) return false;
#endif
  // As numbers: the difference of pointers would be divided.
  return reinterpret_cast<Word>(HP) + (words + Heap::stack_reserve) * sizeof(Word) <= reinterpret_cast<Word>(E);
}

// Terms at HP, where room was made before.
[[gnu::always_inline]] inline Term push_cons(Word*& HP, Term head, Term tail) {
  HP[0] = head.raw();
  HP[1] = tail.raw();
  HP += 2;
  return Term::cons(HP - 2);
}
[[gnu::always_inline]] inline Term push_tuple2(Word*& HP, Term a, Term b) {
  HP[0] = Tuple::make(2);
  HP[1] = a.raw();
  HP[2] = b.raw();
  HP += 3;
  return Term::boxed(HP - 3);
}

// ---- operands
template <class Ins>
[[gnu::always_inline]] inline const Ins& operands(const Word* pc) {
  return *reinterpret_cast<const Ins*>(pc);
}
[[gnu::always_inline]] inline double& float_register(Process* process, ins::FReg r) {
  return ins::at_offset<double>(process->x + max_x_registers, r.offset);
}

// ---- variants
template <Mode... M>
struct Modes {};
// Every way a source can be; registers only; small sets for what is rare or has many operands.
using AllSources = Modes<Mode::X0, Mode::X1, Mode::X2, Mode::X3, Mode::XM, Mode::Y, Mode::C>;
using AllRegisters = Modes<Mode::X0, Mode::X1, Mode::X2, Mode::X3, Mode::XM, Mode::Y>;
using FastRegisters = Modes<Mode::X0, Mode::X1, Mode::X2, Mode::X3, Mode::Any>;
using FirstRegisters = Modes<Mode::X0, Mode::X1, Mode::Any>;
using YOrAny = Modes<Mode::Y, Mode::Any>;
using OnlyAny = Modes<Mode::Any>;

template <size_t N, size_t M>
struct Variants {
  Handler handlers[N];
  uint8_t sizes[6];
  uint8_t index_of[6][mode_count];
  static constexpr size_t moded = M;
};

namespace detail {
template <class Set>
struct ModeSet;
template <Mode... M>
struct ModeSet<Modes<M...>> {
  static constexpr size_t size = sizeof...(M);
  static constexpr Mode list[] = {M...};
};
// The mode of parameter `position` in combination `index` of the product.
template <class... Sets>
constexpr Mode mode_in_product(size_t index, size_t position) {
  constexpr size_t sizes[] = {ModeSet<Sets>::size...};
  const Mode* const lists[] = {ModeSet<Sets>::list...};
  for (size_t i = sizeof...(Sets) - 1; i > position; i--) index /= sizes[i];
  return lists[position][index % sizes[position]];
}
template <template <Mode...> class H, class Positions, class... Sets>
struct HandlerAt;
template <template <Mode...> class H, size_t... P, class... Sets>
struct HandlerAt<H, std::index_sequence<P...>, Sets...> {
  template <size_t Index>
  static constexpr Handler get() {
    return H<mode_in_product<Sets...>(Index, P)...>::run;
  }
};
}  // namespace detail

template <template <Mode...> class H, class... Sets>
constexpr auto make_variants() {
  constexpr size_t count = (detail::ModeSet<Sets>::size * ... * 1);
  Variants<count, sizeof...(Sets)> v{};
  [&]<size_t... I>(std::index_sequence<I...>) {
    using At = detail::HandlerAt<H, std::make_index_sequence<sizeof...(Sets)>, Sets...>;
    const Handler list[] = {At::template get<I>()...};
    for (size_t i = 0; i < count; i++) v.handlers[i] = list[i];
  }(std::make_index_sequence<count>());
  constexpr size_t sizes[] = {detail::ModeSet<Sets>::size...};
  const Mode* const lists[] = {detail::ModeSet<Sets>::list...};
  for (size_t p = 0; p < sizeof...(Sets); p++) {
    v.sizes[p] = uint8_t(sizes[p]);
    uint8_t any = 255;
    for (size_t i = 0; i < sizes[p]; i++) if (lists[p][i] == Mode::Any) any = uint8_t(i);
    for (uint8_t& index : v.index_of[p]) index = any;
    for (size_t i = 0; i < sizes[p]; i++) v.index_of[p][size_t(lists[p][i])] = uint8_t(i);
  }
  return v;
}
template <size_t N, size_t M>
constexpr HandlerTable make_table(const Variants<N, M>& v) {
  HandlerTable t{v.handlers, uint8_t(M), {}, {}};
  for (size_t p = 0; p < M; p++) {
    t.sizes[p] = v.sizes[p];
    for (size_t m = 0; m < mode_count; m++) t.index_of[p][m] = v.index_of[p][m];
  }
  return t;
}

// ---- what handlers share
// See RERUN.
HANDLER void rerun_instruction(REGS_DECL);
// Unwinds to the newest catch, or ends the process. process->exception() is set.
DECLARE_COLD_OP(raise);
// Runs the native of the export whose stub pc is at.
DECLARE_COLD_OP(native_export);
// Sets process->exception() to error:reason, without a native's frame / with that of erlang:function(args).
void set_error(Process& process, Term reason);
void set_native_error(Process& process, Term reason, Term function, std::initializer_list<Term> args);
// After SPILL: collects so that `need` words are free; x registers below `live` are roots.
void collect_live(Process& process, size_t need, size_t live);
// The same, but false when the collection would take long: the process has left and runs the instruction again when there is room.
bool collect_or_leave(Process& process, size_t need, size_t live);

}  // namespace joist
