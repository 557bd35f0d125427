// The hooks by which processes tell what happens to them.
#pragma once

namespace joist::trace {

// Once, at start.
void init_process_events();

}  // namespace joist::trace
