// Whether this node takes part in distribution.
#pragma once

namespace joist {

// It has a name, or is to get one from the first node that it connects to.
bool is_or_will_be_alive();

}  // namespace joist
