// The file that a crash dump is written to.
#pragma once
#include <cstdio>
#include <string>

namespace joist {

// Text to a file of at most `limit` bytes; what is beyond it is dropped, and a mark written in its place.
class DumpFile {
 public:
  DumpFile(FILE* file, size_t limit) : file_(file), left_(limit) {}

  void write(std::string_view text);
  void line(const char* name, std::string_view value);
  void line(const char* name, size_t value) { line(name, std::to_string(value)); }
  bool full() const { return full_; }

 private:
  FILE* file_;
  size_t left_;
  bool full_ = false;
};

}  // namespace joist
