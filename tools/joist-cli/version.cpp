// `joist version`
#include <cstdio>

#include "tools/joist-cli/commands.h"
#include "vm/node/boot.h"

namespace joist::cli {

int version_main() {
  std::string root = find_otp_root();
  printf("joist %s\n", joist_version);
  if (root.empty()) printf("no Erlang/OTP installation found\n");
  else printf("Erlang/OTP %s, erts %s, at %s\n", otp_release(root).c_str(), erts_version(root).c_str(), root.c_str());
  return 0;
}

}  // namespace joist::cli
