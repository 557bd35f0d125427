// Files of the OTP installation: what the node's own code comes from. A start reads and asks for hundreds, each in some microseconds, and
// the way to a dirty scheduler and back takes longer. A file system that does not answer would hold up the node anyway. So natives that
// only read do that at once there, on the scheduler that runs the process.
#pragma once
#include <cstddef>
#include <string>

namespace joist::prim_file {

// Bytes of an installation's file above which it is read on the dirty I/O pool all the same: some 100 µs.
inline constexpr size_t most_read_at_once = size_t(1) << 20;

// At boot, before processes run: the folder of the installation, without a slash at its end.
void set_installation(const std::string& root);
// Does the path lie below it, by its text alone?
bool in_installation(const std::string& path);

}  // namespace joist::prim_file
