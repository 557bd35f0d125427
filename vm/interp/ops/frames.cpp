// Frames, heap needs, returns, jumps.
#include "vm/interp/dispatch.h"

namespace joist {

COLD_OP(allocate_collect) {
  auto& in = operands<ins::allocate>(pc);
  COLLECT(in.frame.value, in.live.value);
  E -= in.frame.value;
  NEXT(allocate);
}
OP(allocate) {
  auto& in = operands<ins::allocate>(pc);
  if (!has_room(process, E, HP, in.frame.value)) [[unlikely]] GOTO_OP(allocate_collect);
  E -= in.frame.value;
  NEXT(allocate);
}

COLD_OP(allocate_heap_collect) {
  auto& in = operands<ins::allocate_heap>(pc);
  COLLECT(size_t(in.frame.value) + in.heap.value, in.live.value);
  E -= in.frame.value;
  NEXT(allocate_heap);
}
OP(allocate_heap) {
  auto& in = operands<ins::allocate_heap>(pc);
  if (!has_room(process, E, HP, size_t(in.frame.value) + in.heap.value)) [[unlikely]] GOTO_OP(allocate_heap_collect);
  E -= in.frame.value;
  NEXT(allocate_heap);
}

OP(deallocate) {
  E += operands<ins::deallocate>(pc).frame.value;
  NEXT(deallocate);
}

OP(init_yregs) {
  auto& in = operands<ins::init_yregs>(pc);
  for (size_t i = 0; i < in.count.value; i++) ins::at_offset<Term>(E, in.registers.src(i).offset()) = nil;
  NEXT_TAIL(init_yregs, in.count.value);
}

COLD_OP(test_heap_collect) {
  auto& in = operands<ins::test_heap>(pc);
  COLLECT(in.need.value, in.live.value);
  NEXT(test_heap);
}
OP(test_heap) {
  auto& in = operands<ins::test_heap>(pc);
  if (!has_room(process, E, HP, in.need.value)) [[unlikely]] GOTO_OP(test_heap_collect);
  NEXT(test_heap);
}

// The return address lies on top of the stack once the frame is freed.
#define RETURN()                                          \
  do {                                                    \
    pc = reinterpret_cast<const Word*>(E->raw());         \
    E++;                                                  \
    DISPATCH();                                           \
  } while (0)

OP(return_) { RETURN(); }

OP(deallocate_return) {
  E += operands<ins::deallocate_return>(pc).frame.value;
  RETURN();
}

OP_MODES(move_return, R) {
  x0 = operands<ins::move_return>(pc).result.load<R>(REGS);
  RETURN();
}
VARIANTS(move_return, AllSources)

OP_MODES(move_deallocate_return, R) {
  auto& in = operands<ins::move_deallocate_return>(pc);
  x0 = in.result.load<R>(REGS);
  E += in.frame.value;
  RETURN();
}
VARIANTS(move_deallocate_return, AllSources)

OP(jump) { JUMP(operands<ins::jump>(pc).target); }

OP(nop) { NEXT(nop); }
// Never run: they only mark the ends of a module's code.
OP(module_start) { UNREACHABLE(); }
OP(module_end) { UNREACHABLE(); }

}  // namespace joist
