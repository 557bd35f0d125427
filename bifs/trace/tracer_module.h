// Tracers that are modules: how vm/trace calls their NIFs.
#pragma once

namespace joist {

// Once, at start.
void init_module_tracing();

}  // namespace joist
