// What `epmd -names`, `-kill` … ask the epmd of this machine. All return the exit code of the command.
#pragma once
#include <cstdint>
#include <string>

namespace joist::cli {

// request: n or d. quiet: only the exit code tells whether there is an epmd.
int ask_epmd_for_names(uint16_t port, char request, bool quiet);
int ask_epmd_to_end(uint16_t port);
int ask_epmd_to_give_up(uint16_t port, const std::string& name);

}  // namespace joist::cli
