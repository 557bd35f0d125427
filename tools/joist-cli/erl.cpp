// `joist erl`: the emulator with the arguments of OTP's `erl`.
#include <unistd.h>

#include <climits>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "loader/pack.h"
#include "tools/joist-cli/commands.h"
#include "vm/node/boot.h"
#include "vm/node/flags.h"
#include "vm/node/launcher.h"

namespace joist::cli {
namespace {

std::string chosen_root;

// The command -epmd gave, or the `epmd -daemon` of the same folder; that ends at once when there is an epmd already. False: said why.
bool start_epmd(const LaunchRequest& request, const Launch& launched) {
  std::string command = launched.epmd;
  if (command.empty()) {
    for (char c : request.bindir) command += c == '\'' ? std::string("'\\''") : std::string(1, c);
    command = "'" + command + "/epmd' -daemon";
  }
  if (system(command.c_str()) != -1) return true;
  perror(("erl: cannot start " + command).c_str());
  return false;
}

bool is_otp_root(const std::string& root) { return std::filesystem::exists(root + "/releases") && std::filesystem::exists(root + "/lib"); }

}  // namespace

void set_otp_root(const std::string& root) { chosen_root = root; }

std::string find_otp_root() {
  if (!chosen_root.empty()) return chosen_root;
  if (const char* env = getenv("JOIST_OTP_ROOT"); env && *env) return env;
  if (const char* env = getenv("ROOTDIR"); env && *env && is_otp_root(env)) return env;
  for (const char* root : {"/usr/lib/erlang", "/usr/local/lib/erlang"})
    if (is_otp_root(root)) return root;
  return "";
}

std::string binary_folder() {
  std::error_code error;
  auto path = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? "." : path.parent_path().string();
}

int erl_main(const Arguments& arguments) {
  LaunchRequest request;
  request.arguments = arguments;
  request.root = find_otp_root();
  request.bindir = binary_folder();
  Launch launched = launch(request);
  if (!launched.error.empty() || !launched.usage_of.empty()) {
    if (!launched.error.empty()) fprintf(stderr, "%s", launched.error.c_str());
    else fprintf(stderr, "Missing argument(s) for '%s'.\n%s", launched.usage_of.c_str(), launcher_usage);
    return 1;
  }
  if (launched.print_arguments) {
    for (const std::string& s : launched.emulator_flags) puts(s.c_str());
    puts("--");
    for (const std::string& s : launched.init_arguments) puts(s.c_str());
    return 0;
  }
  NodeFlags flags;
  std::string error = parse_flags(launched.emulator_flags, &flags);
  if (!error.empty()) {
    fprintf(stderr, "%s\nUsage: erl [flags] [ -- [init_args] ]; the flags are described in erl(1).\n", error.c_str());
    return 1;
  }
  if (flags.print_version) {
    fprintf(stderr, "Erlang (SMP,ASYNC_THREADS) (JOIST) emulator version %s\n", erts_version(request.root).c_str());
    return 0;
  }
  if (request.root.empty() || !is_otp_root(request.root)) {
    fprintf(stderr, "joist: no Erlang/OTP installation at %s: give --otp-root or set ROOTDIR\n",
            request.root.empty() ? "/usr/lib/erlang" : request.root.c_str());
    return 1;
  }
  if (launched.start_epmd && !start_epmd(request, launched)) return 1;
  if (launched.detached && daemon(1, 0) != 0) {
    perror("erl: cannot detach");
    return 1;
  }
  use_pack(binary_folder() + "/../share/joist/otp.pack");
  return run_node(request.root, flags, launched.init_arguments);
}

}  // namespace joist::cli
