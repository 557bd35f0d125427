// Which build of the executable this is.
#pragma once
#include <string>

namespace joist::sys {

// The id that the linker gave this executable: a hash of all that it is made of. Empty when there is none.
std::string build_id();

}  // namespace joist::sys
