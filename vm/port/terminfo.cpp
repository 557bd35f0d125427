// A compiled terminfo entry (term(5)): six 16-bit numbers, little-endian; names; flags, one byte each; numbers of 16 or 32 bits; offsets
// of strings; strings. Fields are told by their position; -1 and -2 are "absent".
#include "vm/port/terminfo.h"

#include <cstdint>
#include <cstdio>
#include <memory>
#include <vector>

#include "vm/sys/environment.h"

namespace joist {
namespace {

constexpr int magic_16 = 0x11a, magic_32 = 0x21e;  // numbers of 16, of 32 bits
constexpr size_t late_wrap_flag = 4, columns_number = 0, down_string = 11, left_string = 14, right_string = 17, up_string = 19;
constexpr size_t longest_entry = 32768;

class Entry {
 public:
  explicit Entry(const std::string& bytes) : bytes_(bytes) {}
  bool parse() {
    if (bytes_.size() < 12) return false;
    int magic = int16(0);
    if (magic != magic_16 && magic != magic_32) return false;
    int sizes[5];
    for (int i = 0; i < 5; i++)
      if ((sizes[i] = int16(size_t(2 + 2 * i))) < 0) return false;
    number_size_ = magic == magic_32 ? 4 : 2;
    flags_ = 12 + size_t(sizes[0]);
    flag_count_ = size_t(sizes[1]);
    numbers_ = (flags_ + flag_count_ + 1) & ~size_t(1);
    number_count_ = size_t(sizes[2]);
    strings_ = numbers_ + number_size_ * number_count_;
    string_count_ = size_t(sizes[3]);
    texts_ = strings_ + 2 * string_count_;
    return texts_ + size_t(sizes[4]) <= bytes_.size();
  }
  bool flag(size_t i) const { return i < flag_count_ && bytes_[flags_ + i] == 1; }
  int number(size_t i) const { return i < number_count_ ? int16(numbers_ + number_size_ * i) : -1; }
  // Without the padding "$<…>" that real-time terminals of old needed.
  std::string text(size_t i) const {
    int at = i < string_count_ ? int16(strings_ + 2 * i) : -1;
    std::string out;
    if (at < 0) return out;
    for (size_t p = texts_ + size_t(at); p < bytes_.size() && bytes_[p]; p++) {
      if (bytes_.compare(p, 2, "$<") == 0) {
        p = bytes_.find('>', p);
        if (p == std::string::npos) break;
      } else {
        out.push_back(bytes_[p]);
      }
    }
    return out;
  }

 private:
  int int16(size_t at) const { return at + 2 <= bytes_.size() ? int16_t(uint8_t(bytes_[at]) | uint8_t(bytes_[at + 1]) << 8) : -1; }

  const std::string& bytes_;
  size_t number_size_ = 2, flags_ = 0, flag_count_ = 0, numbers_ = 0, number_count_ = 0, strings_ = 0, string_count_ = 0, texts_ = 0;
};

std::vector<std::string> folders() {
  std::vector<std::string> out;
  std::string value;
  if (sys::get_env("TERMINFO", &value)) out.push_back(value);
  if (sys::get_env("HOME", &value)) out.push_back(value + "/.terminfo");
  if (sys::get_env("TERMINFO_DIRS", &value)) {
    for (size_t at = 0; at <= value.size();) {
      size_t end = value.find(':', at);
      if (end == std::string::npos) end = value.size();
      if (end > at) out.push_back(value.substr(at, end - at));
      at = end + 1;
    }
  }
  for (const char* usual : {"/etc/terminfo", "/lib/terminfo", "/usr/share/terminfo", "/usr/lib/terminfo"}) out.push_back(usual);
  return out;
}

std::string read_entry(const std::string& path) {
  std::unique_ptr<FILE, int (*)(FILE*)> file(fopen(path.c_str(), "rb"), fclose);
  std::string bytes(file ? longest_entry : 0, 0);
  if (file) bytes.resize(fread(bytes.data(), 1, bytes.size(), file.get()));
  return bytes;
}

}  // namespace

bool parse_terminfo(const std::string& bytes, TerminalAbilities* out) {
  Entry entry(bytes);
  if (!entry.parse()) return false;
  out->up = entry.text(up_string);
  out->down = entry.text(down_string);
  out->left = entry.text(left_string);
  out->right = entry.text(right_string);
  if (out->down.empty()) out->down = "\n";
  if (out->left.empty()) out->left = "\b";
  out->wraps_late = entry.flag(late_wrap_flag);
  if (entry.number(columns_number) > 0) out->columns = unsigned(entry.number(columns_number));
  return !out->up.empty() && !out->right.empty();
}

bool read_terminal_abilities(TerminalAbilities* out) {
  std::string type;
  if (!sys::get_env("TERM", &type) || type.empty() || type.find('/') != std::string::npos) return false;
  for (const std::string& folder : folders()) {
    std::string bytes = read_entry(folder + "/" + type[0] + "/" + type);
    if (!bytes.empty()) return parse_terminfo(bytes, out);
  }
  return false;
}

}  // namespace joist
