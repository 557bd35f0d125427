// The launcher's rules are those of erlexec as its manual page and behaviour show them; `erl -emu_args_exit` is the oracle.
#include "vm/node/launcher.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "vm/node/boot.h"

namespace joist {

const char* const launcher_usage =
    "Usage: erl [-version] [-sname NAME | -name NAME] [-noshell] [-noinput] [-env VAR VALUE] [-compile file ...] [-make] "
    "[-man [manopts] MANPAGE] [-x] [-emu_args] [-start_epmd BOOLEAN] [-emu_type TYPE] [-emu_flavor FLAVOR] [-args_file FILENAME] "
    "[+A THREADS] [+a SIZE] [+B[c|d|i]] [+c [BOOLEAN]] [+C MODE] [+dcg DECENTRALIZED_COUNTER_GROUPS_LIMIT] [+h HEAP_SIZE_OPTION] "
    "[+J[Pperf] JIT_OPTION] [+M<SUBSWITCH> <ARGUMENT>] [+P MAX_PROCS] [+Q MAX_PORTS] [+R COMPAT_REL] [+r] [+rg READER_GROUPS_LIMIT] "
    "[+s<SUBSWITCH> SCHEDULER_OPTION] [+S NO_SCHEDULERS:NO_SCHEDULERS_ONLINE] "
    "[+SP PERCENTAGE_SCHEDULERS:PERCENTAGE_SCHEDULERS_ONLINE] [+T LEVEL] [+V] [+v] [+W<i|w|e>] [+z MISC_OPTION] [args ...]\n";

std::vector<std::string> split_arguments(const std::string& text, bool comments) {
  std::vector<std::string> out;
  std::string current;
  bool building = false;
  for (size_t i = 0; i < text.size(); i++) {
    char ch = text[i];
    if (ch == '"' || ch == '\'') {
      building = true;
      for (i++; i < text.size() && text[i] != ch; i++) current += text[i];
    } else if (ch == '\\') {
      building = true;
      if (++i < text.size()) current += text[i];
    } else if (strchr(" \t\n\r\f\v", ch) || (ch == '#' && comments)) {
      if (building) out.push_back(current);
      current.clear();
      building = false;
      if (ch == '#')
        while (i < text.size() && text[i] != '\n') i++;
    } else {
      building = true;
      current += ch;
    }
  }
  if (building) out.push_back(current);
  return out;
}

namespace {

// Arguments of one source (a variable, a file); a "--" after each keeps flags of different sources apart.
void append_source(std::vector<std::string>* out, std::vector<std::string> more) {
  if (more.empty()) return;
  out->insert(out->end(), more.begin(), more.end());
  out->push_back("--");
}

constexpr int max_args_file_depth = 100;

// Replaces "-args_file FILE" by the file's arguments, files within files too. False with *error set when one cannot be read.
bool expand_args_files(const std::vector<std::string>& in, std::vector<std::string>* out, int depth, std::string* error) {
  for (size_t i = 0; i < in.size(); i++) {
    if (in[i] == "-extra") {
      out->insert(out->end(), in.begin() + i, in.end());
      return true;
    }
    if (in[i] != "-args_file") {
      out->push_back(in[i]);
      continue;
    }
    if (i + 1 >= in.size()) {
      *error = std::string("Missing argument(s) for '-args_file'.\n") + launcher_usage;
      return false;
    }
    const std::string& name = in[++i];
    std::ifstream file(name);
    if (!file) {
      std::error_code unknown;
      *error = "Failed to open arguments file \"" + name + "\" at \"" + std::filesystem::current_path(unknown).string() +
               "\": " + strerror(errno) + "\n" + launcher_usage;
      return false;
    }
    if (std::filesystem::is_directory(name)) {
      *error = "Failed to read arguments file \"" + name + "\": " + strerror(EISDIR) + "\n" + launcher_usage;
      return false;
    }
    if (depth >= max_args_file_depth) {
      *error = "Arguments files are nested too deeply at \"" + name + "\"\n";
      return false;
    }
    std::stringstream text;
    text << file.rdbuf();
    std::vector<std::string> inner = split_arguments(text.str(), true);
    if (!expand_args_files(inner, out, depth + 1, error)) return false;
    out->push_back("--");
  }
  return true;
}

std::vector<std::string> from_environment(const char* name) {
  const char* value = getenv(name);
  return value ? split_arguments(value, false) : std::vector<std::string>();
}

bool is_one_of(const char* text, std::initializer_list<const char*> list) {
  for (const char* s : list)
    if (!strcmp(s, text)) return true;
  return false;
}

// Whether emulator flag `flag` ("+P", "+sbt", …) takes a value; `bad` is set for flags whose shape the launcher rejects itself.
bool takes_value(const std::string& flag, bool* bad) {
  const char* rest = flag.c_str() + 2;
  switch (flag[1]) {
    case 'a': case 'A': case 'C': case 'e': case 'i': case 'n': case 'P': case 'Q': case 't': case 'T': case 'R': case 'W': case 'K':
      return *rest == 0;
    case 'I':
      *bad = !is_one_of(rest, {"Ot", "Op", "OPt", "OPp", "Os"});
      return !*bad;
    case 'J':
      return true;
    case 'S':
      if (*rest == 'D') {
        *bad = strncmp(rest, "Dcpu", 4) != 0 && strncmp(rest, "DPcpu", 5) != 0 && strncmp(rest, "Dio", 3) != 0;
        return is_one_of(rest, {"Dcpu", "DPcpu", "Dio"});
      }
      return *rest == 0 || !strcmp(rest, "P");
    case 'M':
      if (*rest && strchr("BDEFHLRSTZ", *rest) &&
          is_one_of(rest + 1, {"as", "asbcst", "atags", "acul", "acnl", "acfml", "acful", "cp", "e", "t", "lmbcs", "mbcgs", "mbsd",
                               "mmbcs", "mmmbc", "mmsbc", "msbclt", "ramv", "rmbcmt", "rsbcmt", "rsbcst", "sbct", "smbcs"}))
        return true;
      return is_one_of(rest, {"ea", "ummc", "uycs", "usac", "im", "is", "lpm", "Mamcbf", "Mrmcbf", "Mmcs", "Mscs", "Mscrfsd", "Msco",
                              "Mscrpm", "Ye", "Ym", "Ytp", "Ytt", "Iscs", "Xscs", "dai"});
    case 'h':
      return is_one_of(rest, {"ms", "mbs", "pds", "max", "maxk", "maxel", "mqd", ""});
    case 'r':
      return !strcmp(rest, "g");
    case 's':
      return is_one_of(rest, {"bt", "bwtdcpu", "bwtdio", "bwt", "cl", "ct", "ecio", "fwi", "tbt", "wct", "wtdcpu", "wtdio", "wt", "ws",
                              "ss", "ssdcpu", "ssdio", "pp", "ub"});
    case 'p':
      return !strcmp(rest, "c");
    case 'z':
      return is_one_of(rest, {"dbbl", "dntgc", "ebwt", "osrl"});
    default:
      return false;
  }
}

struct Splitter {
  const std::vector<std::string>& in;
  Launch& out;
  std::vector<std::string> args;  // init's, after "-home H --"
  size_t i = 0;
  bool noshell_tail = false;      // -make: "-s erlang halt" at the end
  bool distributed = false, start_epmd = true, no_epmd = false, proto_dist = false;

  void add(std::initializer_list<const char*> list) {
    for (const char* s : list) args.push_back(s);
  }
  // The value behind the current flag; false (with usage) when there is none.
  bool value(const std::string& flag) {
    if (i + 1 < in.size() && in[i + 1] != "--") return true;
    out.usage_of = flag;
    return false;
  }
  bool copy_with_value() {
    if (!value(in[i])) return false;
    args.push_back(in[i]);
    args.push_back(in[++i]);
    return true;
  }

  bool init_flag() {
    const std::string& a = in[i];
    if (a == "-compile") {
      add({"-noshell", "-noinput", "-s", "c", "lc_batch"});
      out.emulator_flags.push_back("-B");
    } else if (a == "-configfd") {
      if (!value(a)) return false;
      if (in[i + 1] == "0") add({"-noshell", "-noinput"});
      args.push_back(a);
    } else if (a == "-detached") {
      out.detached = true;
      add({"-noshell", "-noinput"});
    } else if (a == "-emu_args") {
      // prints the command in OTP; there is no other program to execute here
    } else if (a == "-emu_args_exit") {
      out.print_arguments = true;
    } else if (a == "-env") {
      if (i + 2 >= in.size() || !value(a)) {
        out.usage_of = a;
        return false;
      }
      setenv(in[i + 1].c_str(), in[i + 2].c_str(), 1);
      i += 2;
    } else if (a == "-epmd") {
      if (!value(a)) return false;
      out.epmd = in[++i];
    } else if (a == "-make") {
      add({"-noshell", "-noinput", "-s", "make", "all_or_nothing"});
      out.emulator_flags.push_back("-B");
      noshell_tail = true;
      i = in.size();
    } else if (a == "-name" || a == "-sname") {
      if (!copy_with_value()) return false;
      distributed = true;
    } else if (a == "-noinput") {
      add({"-noshell", "-noinput"});
    } else if (a == "-no_epmd") {
      args.push_back(a);
      no_epmd = true;
      start_epmd = false;
    } else if (a == "-proto_dist") {
      if (!copy_with_value()) return false;
      proto_dist = true;
    } else if (a == "-start_epmd") {
      if (!value(a)) return false;
      if (in[i + 1] != "true" && in[i + 1] != "false") {
        out.error = std::string("Expected boolean argument for '-start_epmd'.\n") + launcher_usage;
        return false;
      }
      start_epmd = in[i + 1] == "true";
      return copy_with_value();
    } else if (a == "-version") {
      out.emulator_flags.push_back("-V");
    } else {
      args.push_back(a);
    }
    return true;
  }

  bool emulator_flag() {
    std::string flag = in[i];
    bool bad = false, with_value = flag.size() > 1 && takes_value(flag, &bad);
    if (flag[1] == 'B') {
      bad = flag[2] && !strchr("icd", flag[2]);
      with_value = !flag[2] && i + 1 < in.size() && is_one_of(in[i + 1].c_str(), {"i", "c", "d"});
    } else if (flag[1] == 'c') {
      with_value = !flag[2] && i + 1 < in.size() && is_one_of(in[i + 1].c_str(), {"true", "false"});
    }
    if (bad) {
      out.usage_of = flag;
      return false;
    }
    if (with_value && !value(flag)) return false;
    flag[0] = '-';
    out.emulator_flags.push_back(flag);
    if (with_value) out.emulator_flags.push_back(in[++i]);
    return true;
  }

  bool run() {
    for (; i < in.size(); i++) {
      const std::string& a = in[i];
      if (a == "-extra") {
        args.insert(args.end(), in.begin() + i, in.end());
        break;
      }
      bool ok = a[0] == '-' ? init_flag() : a[0] == '+' && a.size() > 1 ? emulator_flag() : (args.push_back(a), true);
      if (!ok) return false;
    }
    if (no_epmd && !proto_dist) {
      out.error = "erlexec: Missing -proto_dist option, expected when using -no_epmd.\n";
      return false;
    }
    if (noshell_tail) add({"-s", "erlang", "halt"});
    out.start_epmd = distributed && start_epmd;
    return true;
  }
};

void set_child_environment(const LaunchRequest& request) {
  setenv("ROOTDIR", request.root.c_str(), 1);
  setenv("BINDIR", request.bindir.c_str(), 1);
  setenv("PROGNAME", request.progname.c_str(), 1);
  setenv("EMU", "beam", 1);
  // Joist's own programs come first, then those of OTP that it does not replace (heart, run_erl …).
  const char* path = getenv("PATH");
  std::string front = request.bindir + ":", erts = erts_version(request.root);
  if (!erts.empty()) front += request.root + "/erts-" + erts + "/bin:";
  if (!path || strncmp(path, front.c_str(), front.size()) != 0) setenv("PATH", (front + (path ? path : "")).c_str(), 1);
}

}  // namespace

Launch launch(const LaunchRequest& request) {
  Launch out;
  std::vector<std::string> merged, expanded;
  append_source(&merged, from_environment("ERL_AFLAGS"));
  // -extra ends the flags: what the environment adds goes before it
  size_t extra = 0;
  while (extra < request.arguments.size() && request.arguments[extra] != "-extra") extra++;
  merged.insert(merged.end(), request.arguments.begin(), request.arguments.begin() + extra);
  std::vector<std::string> between;
  append_source(&between, from_environment("ERL_OTP25_FLAGS"));
  append_source(&between, from_environment("ERL_FLAGS"));
  append_source(&between, from_environment("ERL_ZFLAGS"));
  if (!between.empty()) {
    merged.push_back("--");
    merged.insert(merged.end(), between.begin(), between.end());
  }
  merged.insert(merged.end(), request.arguments.begin() + extra, request.arguments.end());
  if (!expand_args_files(merged, &expanded, 0, &out.error)) return out;

  set_child_environment(request);
  Splitter splitter{expanded, out, {}};
  if (!splitter.run()) return out;

  auto& args = out.init_arguments;
  for (const std::string& s : {std::string("-root"), request.root, std::string("-bindir"), request.bindir, std::string("-progname"),
                               request.progname, std::string("--")})
    args.push_back(s);
  if (const char* home = getenv("HOME")) {
    args.push_back("-home");
    args.push_back(home);
  }
  if (const char* port = getenv("ERL_EPMD_PORT")) {
    args.push_back("-epmd_port");
    args.push_back(port);
  }
  args.push_back("--");
  args.insert(args.end(), splitter.args.begin(), splitter.args.end());
  return out;
}

}  // namespace joist
