// Lists.
#include "vm/interp/dispatch.h"

namespace joist {

OP_MODES(get_list, S, H, T) {
  auto& in = operands<ins::get_list>(pc);
  const Cons* cons = in.list.load<S>(REGS).as_cons();
  Term head = cons->head, tail = cons->tail;
  in.head.store<H>(REGS, head);
  in.tail.store<T>(REGS, tail);
  NEXT(get_list);
}
VARIANTS(get_list, AllSources, AllRegisters, AllRegisters)

OP_MODES(get_hd, S, D) {
  auto& in = operands<ins::get_hd>(pc);
  in.head.store<D>(REGS, in.list.load<S>(REGS).as_cons()->head);
  NEXT(get_hd);
}
VARIANTS(get_hd, AllSources, AllRegisters)

OP_MODES(get_tl, S, D) {
  auto& in = operands<ins::get_tl>(pc);
  in.tail.store<D>(REGS, in.list.load<S>(REGS).as_cons()->tail);
  NEXT(get_tl);
}
VARIANTS(get_tl, AllSources, AllRegisters)

OP_MODES(is_nonempty_list_get_list, S, H, T) {
  auto& in = operands<ins::is_nonempty_list_get_list>(pc);
  Term list = in.list.load<S>(REGS);
  if (!list.is_cons()) JUMP(in.fail);
  Term head = list.as_cons()->head, tail = list.as_cons()->tail;
  in.head.store<H>(REGS, head);
  in.tail.store<T>(REGS, tail);
  NEXT(is_nonempty_list_get_list);
}
VARIANTS(is_nonempty_list_get_list, AllRegisters, AllRegisters, AllRegisters)

OP_MODES(is_nonempty_list_get_hd, S, D) {
  auto& in = operands<ins::is_nonempty_list_get_hd>(pc);
  Term list = in.list.load<S>(REGS);
  if (!list.is_cons()) JUMP(in.fail);
  in.head.store<D>(REGS, list.as_cons()->head);
  NEXT(is_nonempty_list_get_hd);
}
VARIANTS(is_nonempty_list_get_hd, AllRegisters, AllRegisters)

OP_MODES(is_nonempty_list_get_tl, S, D) {
  auto& in = operands<ins::is_nonempty_list_get_tl>(pc);
  Term list = in.list.load<S>(REGS);
  if (!list.is_cons()) JUMP(in.fail);
  in.tail.store<D>(REGS, list.as_cons()->tail);
  NEXT(is_nonempty_list_get_tl);
}
VARIANTS(is_nonempty_list_get_tl, AllRegisters, AllRegisters)

OP_MODES(put_list, H, T, D) {
  auto& in = operands<ins::put_list>(pc);
  Term cons = push_cons(HP, in.head.load<H>(REGS), in.tail.load<T>(REGS));
  in.dst.store<D>(REGS, cons);
  NEXT(put_list);
}
VARIANTS(put_list, AllSources, AllSources, AllRegisters)

COLLECT_AND_RETRY(test_heap_put_list)
OP_MODES(test_heap_put_list, H, T, D) {
  auto& in = operands<ins::test_heap_put_list>(pc);
  if (!has_room(process, E, HP, in.need.value)) [[unlikely]] GOTO_OP(test_heap_put_list_collect);
  Term cons = push_cons(HP, in.head.load<H>(REGS), in.tail.load<T>(REGS));
  in.dst.store<D>(REGS, cons);
  NEXT(test_heap_put_list);
}
VARIANTS(test_heap_put_list, AllSources, AllSources, AllRegisters)

}  // namespace joist
