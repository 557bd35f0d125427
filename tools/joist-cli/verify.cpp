// `joist verify -o LIST [FOLDERS…]`: verifies the .beam files below the folders and lists those that are good.
#include <cstdio>
#include <filesystem>

#include "gc/literal_area.h"
#include "loader/parse.h"
#include "loader/verified.h"
#include "loader/verify.h"
#include "tools/joist-cli/commands.h"
#include "vm/code/code.h"
#include "vm/term/atom.h"

namespace joist::cli {

namespace fs = std::filesystem;

static void verify_file(const std::string& name, std::vector<VerifiedModule>* good) {
  std::vector<uint8_t> bytes;
  if (!read_file(name, &bytes)) return;
  auto module = parse_module(bytes);
  if (module && verify_module(**module) && may_be_listed(**module)) good->push_back(verified_module(**module));
}

// 1 when the list cannot be written. Files that are no good modules, or cannot be read, are not on it.
int verify_main(const std::string& list, Arguments folders) {
  if (folders.empty()) folders.push_back(find_otp_root());
  init_atoms(size_t(1) << 20);
  init_literals();
  init_code();
  std::vector<VerifiedModule> good;
  for (auto& folder : folders) {
    std::error_code error;
    fs::recursive_directory_iterator at(folder, fs::directory_options::skip_permission_denied, error), end;
    for (; !error && at != end; at.increment(error))
      if (at->path().extension() == ".beam") verify_file(at->path().string(), &good);
  }
  if (write_verified_list(list, good)) return 0;
  fprintf(stderr, "%s: cannot be written\n", list.c_str());
  return 1;
}

}  // namespace joist::cli
