#pragma once

namespace joist {

// Sets process_hooks.current_place and trace::process_dump. Once, at start.
void init_process_place();

}  // namespace joist
