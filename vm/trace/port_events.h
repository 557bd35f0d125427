// The hooks by which ports tell what they do.
#pragma once

namespace joist::trace {

// Once, at start.
void init_port_events();

}  // namespace joist::trace
