// Counts of what the machine executes, to choose what is worth an instruction or a specialisation of its own: `joist --profile-ops`.
#pragma once

namespace joist {

// From now on the counts are printed when the node halts. False: this build does not count (CMake option JOIST_PROFILE_OPS).
bool start_op_profile();
// Prints to stderr what was counted since start_op_profile(); nothing when that was not called.
void print_op_profile();

}  // namespace joist
