// Starting and ending a node.
#pragma once
#include <string>
#include <vector>

#include "vm/node/flags.h"

namespace joist {

inline constexpr const char* joist_version = "0.1.0";

// From ROOT/releases/start_erl.data or the erts-* folder: "13.1.5"; empty when unknown.
std::string erts_version(const std::string& root);
std::string otp_release(const std::string& root);  // "25"

// Starts every subsystem, loads the preloaded modules of the OTP at `root`, spawns the first processes and runs until the
// node halts. Returns the exit code of halt/0,1,2.
int run_node(const std::string& root, const NodeFlags& flags, const std::vector<std::string>& init_arguments);

// The flags the node runs with; valid once run_node was called.
const NodeFlags& node_flags();
const std::string& node_otp_root();

}  // namespace joist
