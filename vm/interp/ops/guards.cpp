// Guard natives that are done in place. Where they fail without a fail label, the error has the native's frame as if it had been called.
#include "vm/interp/dispatch.h"
#include "vm/term/bits.h"
#include "vm/term/map.h"
#include "vm/term/node.h"

namespace joist {

// {tag, value}, for reasons.
static Term pair_on_heap(Process& process, Term tag, Term value) { return process.heap.reserve(Words(3)).tuple(tag, value); }

// ---- one argument, failing with badarg: an instruction whose operand is called `field`
#define BADARG_COLD(name, field, native)                                                       \
  COLD_OP(name##_badarg) {                                                                     \
    auto& in = operands<ins::name>(pc);                                                        \
    Term arg = in.field.load<Mode::Any>(REGS);                                                 \
    RAISE_AS(in.fail, atom::badarg, atom::native, arg);                                        \
  }
#define UNARY_GUARD(name, field, native, condition, value, sources, dests)                     \
  BADARG_COLD(name, field, native)                                                             \
  OP_MODES(name, S, D) {                                                                       \
    auto& in = operands<ins::name>(pc);                                                        \
    Term arg = in.field.load<S>(REGS);                                                         \
    if (!(condition)) [[unlikely]] GOTO_OP(name##_badarg);                                     \
    in.dst.store<D>(REGS, value);                                                              \
    NEXT(name);                                                                                \
  }                                                                                            \
  VARIANTS(name, sources, dests)

// Size of any bitstring in bits; false for other terms.
static inline bool bits_of(Term t, size_t* bits) {
  if (!t.is_boxed()) return false;
  switch (header_kind(t.header())) {
    case Kind::HeapBits: *bits = reinterpret_cast<HeapBits*>(t.boxed_words())->size_bits; return true;
    case Kind::RefcBits: *bits = reinterpret_cast<RefcBits*>(t.boxed_words())->size_bits; return true;
    case Kind::SubBits: *bits = reinterpret_cast<SubBits*>(t.boxed_words())->size_bits; return true;
    default: return false;
  }
}

UNARY_GUARD(hd, list, hd, arg.is_cons(), arg.as_cons()->head, AllSources, AllRegisters)
UNARY_GUARD(tl, list, tl, arg.is_cons(), arg.as_cons()->tail, AllSources, AllRegisters)
UNARY_GUARD(tuple_size, tuple, tuple_size, arg.is<Tuple>(), Term::small(SWord(header_words(arg.header()))), FastRegisters,
            FastRegisters)
UNARY_GUARD(not_, arg, not_, arg.same(atom::true_) || arg.same(atom::false_), boolean(arg.same(atom::false_)), FirstRegisters,
            FirstRegisters)

BADARG_COLD(byte_size, bits, byte_size)
OP_MODES(byte_size, S, D) {
  auto& in = operands<ins::byte_size>(pc);
  size_t bits;
  if (!bits_of(in.bits.load<S>(REGS), &bits)) [[unlikely]] GOTO_OP(byte_size_badarg);
  in.dst.store<D>(REGS, Term::small(SWord((bits + 7) / 8)));
  NEXT(byte_size);
}
VARIANTS(byte_size, FastRegisters, FastRegisters)

BADARG_COLD(bit_size, bits, bit_size)
OP_MODES(bit_size, S, D) {
  auto& in = operands<ins::bit_size>(pc);
  size_t bits;
  if (!bits_of(in.bits.load<S>(REGS), &bits)) [[unlikely]] GOTO_OP(bit_size_badarg);
  in.dst.store<D>(REGS, Term::small(SWord(bits)));
  NEXT(bit_size);
}
VARIANTS(bit_size, FirstRegisters, FirstRegisters)

// Costs a reduction for each 16 elements.
BADARG_COLD(length, list, length)
OP_MODES(length, S, D) {
  auto& in = operands<ins::length>(pc);
  Term list = in.list.load<S>(REGS);
  SWord n = 0;
  for (; list.is_cons(); list = list.as_cons()->tail) n++;
  reds -= n / 16;
  if (!list.is_nil()) [[unlikely]] GOTO_OP(length_badarg);
  in.dst.store<D>(REGS, Term::small(n));
  NEXT(length);
}
VARIANTS(length, FastRegisters, FastRegisters)

// ---- maps
COLD_OP(map_size_badmap) {
  auto& in = operands<ins::map_size>(pc);
  if (in.fail) JUMP(in.fail);
  Term map = in.map.load<Mode::Any>(REGS);
  SPILL();
  Term reason = pair_on_heap(*process, atom::badmap, map);
  RELOAD();
  RAISE_AS(in.fail, reason, atom::map_size, map);
}
OP_MODES(map_size, S, D) {
  auto& in = operands<ins::map_size>(pc);
  Term map = in.map.load<S>(REGS);
  if (auto flat = map.as<FlatMap>()) {
    in.dst.store<D>(REGS, Term::small(SWord(flat->size())));
  } else if (auto root = map.as<MapRoot>()) {
    in.dst.store<D>(REGS, root->count);
  } else {
    GOTO_OP(map_size_badmap);
  }
  NEXT(map_size);
}
VARIANTS(map_size, FirstRegisters, FirstRegisters)

WARM_OP(map_get_deep) {
  auto& in = operands<ins::map_get>(pc);
  SPILL_X();
  Term key = in.key.load_spilled(process->x, E), map = in.map.load_spilled(process->x, E);
  if (is_map(map)) {
    Term value = map::get(map, key);
    RELOAD_X();
    if (value.is_value()) {
      in.dst.store<Mode::Any>(REGS, value);
      NEXT(map_get);
    }
  }
  if (in.fail) JUMP(in.fail);
  SPILL();
  Term reason = is_map(map) ? pair_on_heap(*process, atom::badkey, key) : pair_on_heap(*process, atom::badmap, map);
  RELOAD();
  RAISE_AS(in.fail, reason, atom::map_get, key, map);
}
// A key that is an immediate in a flat map is found here.
OP_MODES(map_get, K, M) {
  auto& in = operands<ins::map_get>(pc);
  Term key = in.key.load<K>(REGS), map = in.map.load<M>(REGS);
  auto flat = map.as<FlatMap>();
  if (!flat || key.is_pointer()) GOTO_OP(map_get_deep);
  size_t i = map::position_of_word(*flat, key);
  if (i == flat->size()) GOTO_OP(map_get_deep);
  in.dst.store<Mode::Any>(REGS, flat->values[i]);
  NEXT(map_get);
}
VARIANTS(map_get, Modes<Mode::C, Mode::Any>, FastRegisters)

WARM_OP(is_map_key_deep) {
  auto& in = operands<ins::is_map_key>(pc);
  SPILL_X();
  Term key = in.key.load_spilled(process->x, E), map = in.map.load_spilled(process->x, E);
  if (is_map(map)) {
    Term found = boolean(map::get(map, key).is_value());
    RELOAD_X();
    in.dst.store<Mode::Any>(REGS, found);
    NEXT(is_map_key);
  }
  if (in.define.value) in.dst.store<Mode::Any>(REGS, atom::false_);
  if (in.fail) JUMP(in.fail);
  SPILL();
  Term reason = pair_on_heap(*process, atom::badmap, map);
  RELOAD();
  RAISE_AS(in.fail, reason, atom::is_map_key, key, map);
}
OP(is_map_key) { GOTO_OP(is_map_key_deep); }

// ---- tuples
COLD_OP(element_badarg) {
  auto& in = operands<ins::element>(pc);
  Term index = in.index.load<Mode::Any>(REGS), tuple = in.tuple.load<Mode::Any>(REGS);
  RAISE_AS(in.fail, atom::badarg, atom::element, index, tuple);
}
OP_MODES(element, I, T, D) {
  auto& in = operands<ins::element>(pc);
  Term index = in.index.load<I>(REGS);
  auto tuple = in.tuple.load<T>(REGS).template as<Tuple>();
  if (!tuple || !index.is_small() || Word(index.small_value() - 1) >= tuple->arity()) [[unlikely]] GOTO_OP(element_badarg);
  in.dst.store<D>(REGS, tuple->at(index.small_value() - 1));
  NEXT(element);
}
VARIANTS(element, FirstRegisters, FirstRegisters, FirstRegisters)

COLD_OP(element_at_badarg) {
  auto& in = operands<ins::element_at>(pc);
  Term tuple = in.tuple.load<Mode::Any>(REGS);
  RAISE_AS(in.fail, atom::badarg, atom::element, in.index.term(), tuple);
}
OP_MODES(element_at, T, D) {
  auto& in = operands<ins::element_at>(pc);
  auto tuple = in.tuple.load<T>(REGS).template as<Tuple>();
  if (!tuple || Word(in.index.term().small_value() - 1) >= tuple->arity()) [[unlikely]] GOTO_OP(element_at_badarg);
  in.dst.store<D>(REGS, tuple->at(in.index.term().small_value() - 1));
  NEXT(element_at);
}
VARIANTS(element_at, FastRegisters, FastRegisters)

// ---- booleans
static inline bool is_boolean(Term t) { return t.same(atom::true_) || t.same(atom::false_); }
#define BOOLEAN_GUARD(name, value)                                                             \
  COLD_OP(name##_badarg) {                                                                     \
    auto& in = operands<ins::name>(pc);                                                        \
    Term lhs = in.lhs.load<Mode::Any>(REGS), rhs = in.rhs.load<Mode::Any>(REGS);               \
    RAISE_AS(in.fail, atom::badarg, atom::name, lhs, rhs);                                     \
  }                                                                                            \
  OP_MODES(name, L, R, D) {                                                                    \
    auto& in = operands<ins::name>(pc);                                                        \
    Term lhs = in.lhs.load<L>(REGS), rhs = in.rhs.load<R>(REGS);                               \
    if (!is_boolean(lhs) || !is_boolean(rhs)) [[unlikely]] GOTO_OP(name##_badarg);             \
    bool a = lhs.same(atom::true_), b = rhs.same(atom::true_);                                 \
    in.dst.store<D>(REGS, boolean(value));                                                     \
    NEXT(name);                                                                                \
  }                                                                                            \
  VARIANTS(name, FirstRegisters, FirstRegisters, FirstRegisters)
BOOLEAN_GUARD(and_, a && b)
BOOLEAN_GUARD(or_, a || b)
BOOLEAN_GUARD(xor_, a != b)

// ---- who and where
OP_MODES(self, D) {
  auto& in = operands<ins::self>(pc);
  in.dst.store<D>(REGS, process->pid);
  NEXT(self);
}
VARIANTS(self, AllRegisters)

COLD_OP(node_name_load) {
  auto& in = operands<ins::node_name>(pc);
  in.dst.store<Mode::Any>(REGS, local_node_name());
  NEXT(node_name);
}
OP(node_name) { GOTO_OP(node_name_load); }

}  // namespace joist
