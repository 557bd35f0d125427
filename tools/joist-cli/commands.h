// The subcommands of `joist`, one file each. Every one returns the process's exit code.
#pragma once
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace joist::cli {

using Arguments = std::vector<std::string>;

// `joist erl ARGS…`, and the binary called as `erl`.
int erl_main(const Arguments& arguments);
// The binary called as `erlc`, `escript`.
int erlc_main(const Arguments& arguments);
int escript_main(const Arguments& arguments);
// The binary called as `inet_gethost`: kernel's helper for looking up host names.
int inet_gethost_main(const Arguments& arguments);
// The binary called as `epmd`: the port mapper daemon of Erlang nodes.
int epmd_main(const Arguments& arguments);
// `joist run [-f FUN] FILE.beam|FILE.erl|ESCRIPT|MODULE [ARGS…]`
struct RunOptions {
  std::string what;
  std::string function = "main";
  Arguments arguments;
  Arguments code_paths;  // -pa
  std::string profile;   // file to write samples to; empty: none
};
int run_main(const RunOptions& options);
// `joist disasm [--check] FILES…`
int disasm_main(const Arguments& files, bool check);
// `joist pack -o FILE [FOLDERS…]`; without folders the OTP root
int pack_main(const std::string& name, Arguments folders);
// `joist natives [--missing]`
int natives_main(bool missing_only);
// `joist version`
int version_main();

// OTP root: --otp-root, then ROOTDIR, then the system's; empty when there is none.
std::string find_otp_root();
void set_otp_root(const std::string& root);
// Folder of this binary.
std::string binary_folder();
// False when the file cannot be read.
bool read_file(const std::string& name, std::vector<uint8_t>* bytes);

}  // namespace joist::cli
