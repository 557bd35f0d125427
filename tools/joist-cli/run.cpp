// `joist run`: finds out what the argument is and starts the emulator on it; joist_run.erl does the rest.
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "tools/joist-cli/commands.h"
#include "vm/interp/sampler.h"
#include "vm/sys/console.h"

namespace joist::cli {
namespace {

namespace fs = std::filesystem;

bool ends_with(const std::string& s, const char* suffix) {
  std::string end = suffix;
  return s.size() >= end.size() && s.compare(s.size() - end.size(), end.size(), end) == 0;
}

bool is_escript(const std::string& file) {
  std::ifstream in(file);
  char start[2] = {};
  in.read(start, 2);
  return start[0] == '#' && start[1] == '!';
}

// What joist_run.erl shows on standard error while it takes long: nothing where it is no terminal; not what the program itself does when
// the program's output goes to the terminal.
const char* progress() {
  if (!sys::stderr_is_terminal()) return "none";
  return sys::stdout_is_terminal() ? "compiling" : "all";
}

}  // namespace

int run_main(const RunOptions& options) {
  const std::string& what = options.what;
  const char* kind = "module";
  if (ends_with(what, ".beam") || ends_with(what, ".erl") || what.find('/') != std::string::npos || fs::is_regular_file(what)) {
    std::ifstream probe(what);
    if (!probe || fs::is_directory(what)) {
      fprintf(stderr, "joist: cannot read %s\n", what.c_str());
      return 1;
    }
    kind = ends_with(what, ".beam") ? "beam" : ends_with(what, ".erl") ? "source" : "escript";
    if (std::string(kind) == "escript" && !is_escript(what)) {
      fprintf(stderr, "joist: %s is no .beam or .erl file and no escript\n", what.c_str());
      return 1;
    }
  }
  if (!options.profile.empty()) start_sampler(options.profile);
  if (std::string(kind) == "escript") {
    Arguments all{what};
    all.insert(all.end(), options.arguments.begin(), options.arguments.end());
    return escript_main(all);
  }
  Arguments emulator{"+B", "-boot", "no_dot_erlang", "-noshell"};
  for (const std::string& path : options.code_paths) {
    emulator.push_back("-pa");
    emulator.push_back(path);
  }
  emulator.push_back("-pa");
  emulator.push_back(binary_folder() + "/../share/joist/ebin");
  for (const char* s : {"-s", "joist_run", "start", "-extra"}) emulator.push_back(s);
  emulator.push_back(progress());
  emulator.push_back(kind);
  emulator.push_back(what);
  emulator.push_back(options.function);
  emulator.insert(emulator.end(), options.arguments.begin(), options.arguments.end());
  return erl_main(emulator);
}

}  // namespace joist::cli
