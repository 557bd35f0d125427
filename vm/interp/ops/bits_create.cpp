// bs_create_bin: measure, make room, build (see bits_create.h).
#include "vm/interp/bits_create.h"

#include "vm/interp/dispatch.h"
#include "vm/term/atom.h"
#include "vm/term/bits.h"
#include "vm/term/map.h"

namespace joist {

// With the error_info for erl_erts_errors:format_bs_fail/2.
static void set_bits_error(Process& process, const bits_create::Failure& f) {
  set_error(process, f.reason);
  HeapWriter w = process.heap.reserve(Words(5));
  Term cause = w.tuple(Term::small(f.segment), f.type, f.info, f.value);
  Term pairs[] = {atom::cause, cause, atom::function, atom::format_bs_fail, atom::module, atom::erl_erts_errors};
  process.exception().cause = map::from_pairs(process.heap, pairs, 3);
}

[[gnu::noinline]] HANDLER static void cold_bs_create_bin_build(REGS_DECL) {
  auto& in = operands<ins::bs_create_bin>(pc);
  auto* segments = reinterpret_cast<const bits_create::Segment*>(in.tail.at);
  size_t count = in.segments.value, bits = in.bits.value, reductions;
  bits_create::Failure failure;
  SPILL();
  Term result;
  if (bits != bits_create::unknown_size || bits_create::measure(segments, count, {process->x, E}, &bits, &failure)) [[likely]] {
    size_t need = in.need.value + bits_create::room_for_build(segments, bits);
    if (!process->heap.has_room(Words(need)) || process->heap.wants_collection()) {
      if (!collect_or_leave(*process, need, in.live.value)) return;
      RELOAD();
    }
    result = bits_create::build(process->heap, segments, count, {process->x, E}, bits, &failure, &reductions);
    process->reductions -= SWord(reductions);
  }
  if (!result.is_value()) {
    if (in.fail) {
      RELOAD();
      JUMP(in.fail);
    }
    set_bits_error(*process, failure);
    RELOAD();
    GOTO_OP(raise);
  }
  RELOAD();
  in.dst.store<Mode::Any>(REGS, result);
  NEXT_TAIL(bs_create_bin, in.words.value);
}
OP(bs_create_bin) { GOTO_OP(bs_create_bin_build); }

COLD_OP(bs_init_writable_make) {
  if (!has_room(process, E, HP, RefcBits::words + SubBits::words)) COLLECT(RefcBits::words + SubBits::words, 1);
  SPILL();
  size_t expected = x0.is_small() && x0.small_value() >= 0 && x0.small_value() < (SWord(1) << 32) ? size_t(x0.small_value()) : 1024;
  Term result = bits::make_writable(process->heap, expected);
  RELOAD();
  x0 = result;
  NEXT(bs_init_writable);
}
OP(bs_init_writable) { GOTO_OP(bs_init_writable_make); }

}  // namespace joist
