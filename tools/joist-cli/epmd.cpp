// `epmd`: the Erlang port mapper daemon, with the arguments of OTP's. See vm/dist for what it does.
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "tools/joist-cli/commands.h"
#include "tools/joist-cli/epmd_client.h"
#include "vm/dist/epmd_server.h"

namespace joist::cli {
namespace {

const char* const usage =
    "usage: epmd [OPTIONS]                       serve\n"
    "       epmd [-d] [-port N] COMMAND          ask the epmd that runs on this machine\n"
    "\n"
    "Tells Erlang nodes at which ports the nodes of this machine listen.\n"
    "\n"
    "  -daemon                 in the background\n"
    "  -port N                 port to listen at, or to ask (4369, or ERL_EPMD_PORT)\n"
    "  -address LIST           listen only at these IP addresses, separated by commas, and at the\n"
    "                          loopback interface (ERL_EPMD_ADDRESS)\n"
    "  -relaxed_command_check  allow -kill while nodes live, and -stop (ERL_EPMD_RELAXED_COMMAND_CHECK)\n"
    "  -systemd                take the sockets that systemd has opened\n"
    "  -d, -debug              tell on standard error what happens; twice: more of it\n"
    "  -packet_timeout SECONDS cut a connection off that has been silent for so long (60)\n"
    "  -delay_accept SECONDS   act as if busy: sleep before a connection is accepted\n"
    "  -delay_write SECONDS    act as if busy: sleep before an answer is sent\n"
    "\n"
    "Commands:\n"
    "  -names                  list the nodes\n"
    "  -dump                   list the nodes, and the names that were given up\n"
    "  -started                only the exit code: 0 when there is an epmd\n"
    "  -kill                   end it; only when no node is registered, or with its -relaxed_command_check\n"
    "  -stop NAME              have a node's name given up; only with its -relaxed_command_check\n";

// A number from 1 to `most`; 0: no such.
unsigned number(const std::string& text, unsigned most) {
  if (text.empty() || text.find_first_not_of("0123456789") != text.npos || text.size() > 9) return 0;
  unsigned n = unsigned(atol(text.c_str()));
  return n <= most ? n : 0;
}

constexpr unsigned max_port = 65535, max_seconds = 1'000'000;

struct CommandLine {
  const Arguments& arguments;
  EpmdServerOptions options = {};
  size_t i = 0;

  // The option's number; false: it is missing or bad.
  bool take_number(unsigned most, unsigned* out) {
    *out = ++i < arguments.size() ? number(arguments[i], most) : 0;
    return *out != 0;
  }

  // An option of the server. False: it is none, or bad.
  bool option() {
    const std::string& a = arguments[i];
    unsigned port;
    if (a == "-d" || a == "-debug") return options.debug++, true;
    if (a == "-daemon") return options.daemon = true;
    if (a == "-systemd") return options.systemd = true;
    if (a == "-relaxed_command_check") return options.relaxed = true;
    if (a == "-packet_timeout") return take_number(max_seconds, &options.packet_timeout);
    if (a == "-delay_accept") return take_number(max_seconds, &options.accept_delay);
    if (a == "-delay_write") return take_number(max_seconds, &options.write_delay);
    if (a == "-port" && take_number(max_port, &port)) return options.port = uint16_t(port);
    if (a == "-address" && ++i < arguments.size()) return options.addresses = arguments[i], true;
    return false;
  }

  // The command behind the options; -1: there is none. The exit code.
  int command() const {
    const std::string& a = arguments[i];
    size_t values = arguments.size() - i - 1;
    if (a == "-names" && values == 0) return ask_epmd_for_names(options.port, 'n', false);
    if (a == "-started" && values == 0) return ask_epmd_for_names(options.port, 'n', true);
    if (a == "-dump" && values == 0) return ask_epmd_for_names(options.port, 'd', false);
    if (a == "-kill" && values == 0) return ask_epmd_to_end(options.port);
    if (a == "-stop" && values == 1) return ask_epmd_to_give_up(options.port, arguments[i + 1]);
    return -1;
  }
};

}  // namespace

int epmd_main(const Arguments& arguments) {
  CommandLine line{arguments};
  if (const char* text = getenv("ERL_EPMD_PORT")) {
    line.options.port = uint16_t(number(text, max_port));
    if (!line.options.port) {
      fprintf(stderr, "epmd: ERL_EPMD_PORT is no port: %s\n", text);
      return 1;
    }
  }
  if (const char* text = getenv("ERL_EPMD_ADDRESS")) line.options.addresses = text;
  line.options.relaxed = getenv("ERL_EPMD_RELAXED_COMMAND_CHECK") != nullptr;
  for (; line.i < arguments.size(); line.i++) {
    if (int code = line.command(); code >= 0) return code;
    if (!line.option()) {
      fputs(usage, stderr);
      return 1;
    }
  }
  return run_epmd_server(line.options);
}

}  // namespace joist::cli
