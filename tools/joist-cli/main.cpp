// The one binary: `joist SUBCOMMAND …`, or erl, erlc, escript, epmd, inet_gethost when called by that name.
#include <CLI/CLI.hpp>
#include <cstring>

#include "tools/joist-cli/commands.h"
#include "vm/interp/profile.h"

using namespace joist::cli;

namespace {

// What follows the program's name in `joist run [OPTIONS] WHAT …` is the program's, options too, so CLI11 must not see it:
// returns how many arguments are ours, argc for any other command line.
int own_arguments(int argc, char** argv) {
  auto is = [&](int i, const char* word) { return i < argc && !strcmp(argv[i], word); };
  int i = 1;
  while (i < argc && argv[i][0] == '-') i += is(i, "--otp-root") ? 2 : 1;
  if (!is(i, "run")) return argc;
  i++;
  while (i < argc && argv[i][0] == '-') i += is(i, "-f") || is(i, "--function") || is(i, "--pa") || is(i, "--profile") ? 2 : 1;
  return i < argc ? i + 1 : argc;
}

int joist_main(int argc, char** argv) {
  CLI::App app{"Joist: runs compiled Erlang modules and Erlang/OTP"};
  app.require_subcommand(1);
  app.fallthrough(false);
  std::string root;
  app.add_option("--otp-root", root, "Folder of the Erlang/OTP installation to boot");
  bool profile_ops = false;
  app.add_flag("--profile-ops", profile_ops, "Count instructions and print the counts at the end (builds of the preset profile-ops)");
  int status = 0;
  app.parse_complete_callback([&] {
    if (!root.empty()) set_otp_root(root);
  });

  RunOptions run;
  auto* run_command = app.add_subcommand("run", "Run a module, a source file or an escript: calls main/1 with the arguments");
  run_command->add_option("-f,--function", run.function, "Function to call in place of main");
  run_command->add_option("--pa", run.code_paths, "Folder to put first in the code path")->expected(1)->take_all();
  run_command->add_option("--profile", run.profile, "File to write a profile to: CPU time by Erlang function, for speedscope");
  run_command->add_option("what", run.what, "FILE.beam, FILE.erl, an escript or a module's name")->required();

  auto* erl = app.add_subcommand("erl", "Start the emulator with erl's own arguments");
  erl->prefix_command();
  auto* shell = app.add_subcommand("shell", "Start the interactive shell");
  shell->prefix_command();

  Arguments files;
  bool check = false;
  auto* disasm = app.add_subcommand("disasm", "Print chunks, generic code and specialised code of .beam files");
  disasm->add_flag("--check", check, "Only load and verify; exit code 1 when a file is bad");
  disasm->add_option("files", files, ".beam files")->required();

  std::string pack_name;
  auto* pack = app.add_subcommand("pack", "Translate all .beam files below folders in advance, so that loading them takes little time");
  pack->add_option("-o,--output", pack_name, "The pack")->required();
  pack->add_option("folders", files, "Folders; the OTP root if none is given");

  bool missing = false;
  auto* natives = app.add_subcommand("natives", "List the native functions");
  natives->add_flag("--missing", missing, "Only those that are not there");
  auto* version = app.add_subcommand("version", "Print the versions of Joist and of the OTP in use");

  int own = own_arguments(argc, argv);
  CLI11_PARSE(app, own, argv);
  if (profile_ops && !joist::start_op_profile()) {
    fprintf(stderr, "joist: this build does not count instructions: use one of the preset profile-ops\n");
    return 1;
  }
  if (*run_command) {
    run.arguments.assign(argv + own, argv + argc);
    status = run_main(run);
  } else if (*erl || *shell) {
    status = erl_main((*erl ? erl : shell)->remaining());
  } else if (*disasm) {
    status = disasm_main(files, check);
  } else if (*pack) {
    status = pack_main(pack_name, files);
  } else if (*natives) {
    status = natives_main(missing);
  } else if (*version) {
    status = version_main();
  }
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  const char* slash = strrchr(argv[0], '/');
  std::string name = slash ? slash + 1 : argv[0];
  Arguments arguments(argv + 1, argv + argc);
  if (name == "erl") return erl_main(arguments);
  if (name == "erlc") return erlc_main(arguments);
  if (name == "epmd") return epmd_main(arguments);
  if (name == "inet_gethost") return inet_gethost_main(arguments);
  if (name == "escript") return escript_main(arguments);
  // erl's arguments are its own, whatever they look like: CLI11 sees only what comes before them.
  if (argc >= 2 && (!strcmp(argv[1], "erl") || !strcmp(argv[1], "shell"))) return erl_main(Arguments(argv + 2, argv + argc));
  return joist_main(argc, argv);
}
