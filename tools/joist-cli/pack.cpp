// `joist pack -o FILE [FOLDERS…]`: packs the .beam files below the folders.
#include <cstdio>
#include <filesystem>

#include "gc/literal_area.h"
#include "loader/pack.h"
#include "tools/joist-cli/commands.h"
#include "vm/code/code.h"
#include "vm/term/atom.h"

namespace joist::cli {

namespace fs = std::filesystem;

// 1 when the pack cannot be written. Files that are no good modules, or cannot be read, are not in it.
int pack_main(const std::string& name, Arguments folders) {
  if (folders.empty()) folders.push_back(find_otp_root());
  init_atoms(size_t(1) << 20);
  init_literals();
  init_code();
  PackWriter pack;
  for (auto& folder : folders) {
    std::error_code error;
    fs::recursive_directory_iterator at(folder, fs::directory_options::skip_permission_denied, error), end;
    for (; !error && at != end; at.increment(error)) {
      std::vector<uint8_t> bytes;
      if (at->path().extension() == ".beam" && read_file(at->path().string(), &bytes)) pack.add(bytes);
    }
  }
  if (pack.write(name)) return 0;
  fprintf(stderr, "%s: cannot be written\n", name.c_str());
  return 1;
}

}  // namespace joist::cli
