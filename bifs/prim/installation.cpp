#include "bifs/prim/installation.h"

namespace joist::prim_file {

namespace {
std::string folder;  // with a slash at its end
}  // namespace

void set_installation(const std::string& root) { folder = root + "/"; }

bool in_installation(const std::string& path) {
  return folder.size() > 1 && path.starts_with(folder) && path.find("/..", folder.size() - 1) == std::string::npos;
}

}  // namespace joist::prim_file
