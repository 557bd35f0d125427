// Samples of what threads do, by the CPU time they use.
#pragma once
#include "vm/base/types.h"

namespace joist::sys {

// Where a thread was: two of its registers (those that vm/interp/regs.h names pc and E), the lowest used word of its C stack, and how many
// samples this one stands for: the OS may tick more slowly than it was asked to.
struct SampledRegisters {
  Word code, stack;
  const Word* c_stack;
  unsigned weight;
};
// Runs in a signal handler on the sampled thread: no locks, no allocation.
using SampleHook = void (*)(const SampledRegisters& registers);

// From now on calls the hook on the calling thread, `per_second` times a second of CPU time that it uses. False: the OS or the processor
// cannot.
bool sample_this_thread(unsigned per_second, SampleHook hook);

}  // namespace joist::sys
