#include "vm/node/dump_file.h"

namespace joist {

void DumpFile::write(std::string_view text) {
  if (full_) return;
  full_ = text.size() > left_;
  if (full_) text = text.substr(0, left_);
  left_ -= text.size();
  fwrite(text.data(), 1, text.size(), file_);
  if (full_) fputs("\n=abort:CRASH DUMP SIZE LIMIT REACHED\n", file_);
}

void DumpFile::line(const char* name, std::string_view value) {
  write(name);
  write(": ");
  write(value);
  write("\n");
}

}  // namespace joist
