// What OTP's launcher (erl → erlexec) does with a command line: it splits it into emulator flags and init's arguments.
//
//   erl [+emulator flags] [-init flags] [args…] [-extra …]     ERL_AFLAGS before, ERL_FLAGS and ERL_OTP<n>_FLAGS between, ERL_ZFLAGS
//   after; -args_file FILE in place. See the erl(1) manual page.
#pragma once
#include <string>
#include <vector>

namespace joist {

struct LaunchRequest {
  std::vector<std::string> arguments;  // without the program's name
  std::string root;                    // OTP root
  std::string bindir;                  // where erl, erlc … of this VM are
  std::string progname = "erl";
};

struct Launch {
  std::vector<std::string> emulator_flags;  // with '-' in place of '+', values as separate elements
  std::vector<std::string> init_arguments;  // "-root" …, as init:boot/1 takes them
  bool print_arguments = false;             // -emu_args_exit
  bool detached = false;
  bool start_epmd = false;
  std::string epmd;                         // -epmd PROGRAM
  std::string error;                        // not empty: print it and exit 1
  std::string usage_of;                     // not empty: the flag whose argument is missing or bad
};

// Reads the environment and argument files; sets the variables that children of erl see (ROOTDIR, BINDIR, PROGNAME, EMU, PATH).
Launch launch(const LaunchRequest& request);

// The lines that follow a usage error of the launcher.
extern const char* const launcher_usage;

// Splits text as the launcher splits ERL_FLAGS: white space separates, quotes and backslashes protect; '#' comments when allowed.
std::vector<std::string> split_arguments(const std::string& text, bool comments);

}  // namespace joist
