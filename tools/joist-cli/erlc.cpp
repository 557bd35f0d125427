// erlc and escript: short programs in OTP too, which start the emulator on OTP's own modules erl_compile and escript.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "tools/joist-cli/commands.h"
#include "vm/node/launcher.h"

namespace joist::cli {
namespace {

// Flags of erlc that are the emulator's, with the number of values each takes; -1: not one.
int emulator_flag_values(const std::string& flag) {
  if (flag == "-pa" || flag == "-pz" || flag == "-sname" || flag == "-name" || flag == "-env") return flag == "-env" ? 2 : 1;
  if (flag == "-smp" || flag == "-hidden") return 0;
  return -1;
}

// Arguments in the "%%!" line, the second or third of a script.
Arguments script_flags(std::ifstream& script) {
  std::string line;
  std::getline(script, line);
  for (int n = 0; n < 2 && std::getline(script, line); n++) {
    if (line.compare(0, 3, "%%!") != 0) continue;
    Arguments out;
    size_t i = 3;
    while (i < line.size()) {
      size_t end = line.find(' ', i);
      if (end == std::string::npos) end = line.size();
      if (end > i) out.push_back(line.substr(i, end - i));
      i = end + 1;
    }
    return out;
  }
  return {};
}

}  // namespace

int erlc_main(const Arguments& arguments) {
  Arguments emulator{"+S1"}, rest;
  for (size_t i = 0; i < arguments.size(); i++) {
    int values = emulator_flag_values(arguments[i]);
    if (arguments[i] == "-server" || arguments[i] == "-no-server") continue;
    if (values < 0) {
      rest.push_back(arguments[i]);
      continue;
    }
    emulator.push_back(arguments[i]);
    for (; values > 0 && i + 1 < arguments.size(); values--) emulator.push_back(arguments[++i]);
  }
  for (const char* s : {"+sbtu", "+A0", "-noinput", "-mode", "minimal", "-boot", "no_dot_erlang", "-s", "erl_compile", "compile_cmdline",
                        "-extra"})
    emulator.push_back(s);
  emulator.insert(emulator.end(), rest.begin(), rest.end());
  setenv("ESCRIPT_NAME", "erlc", 1);
  return erl_main(emulator);
}

int escript_main(const Arguments& arguments) {
  size_t i = 0;
  Arguments options;
  while (i < arguments.size() && arguments[i][0] == '-') options.push_back(arguments[i++].substr(1));
  if (i == arguments.size()) {
    fprintf(stderr, "escript: Missing filename\n\n");
    return 1;
  }
  const std::string& script = arguments[i];
  std::ifstream file(script);
  if (!file) {
    fprintf(stderr, "escript: Failed to open file: %s\n", script.c_str());
    return 1;
  }
  Arguments emulator{"+B", "-boot", "no_dot_erlang", "-noshell"};
  for (std::string& flag : script_flags(file)) emulator.push_back(flag);
  for (const char* s : {"-run", "escript", "start"}) emulator.push_back(s);
  emulator.insert(emulator.end(), options.begin(), options.end());
  emulator.push_back("-extra");
  emulator.insert(emulator.end(), arguments.begin() + i, arguments.end());
  setenv("ESCRIPT_NAME", script.c_str(), 1);
  return erl_main(emulator);
}

}  // namespace joist::cli
