// What NIF libraries ask of the layers around vm/nif.
#pragma once

namespace joist {

void install_nif_hooks();

}  // namespace joist
