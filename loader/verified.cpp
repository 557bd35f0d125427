// File: the build's id as its size in 4 bytes and that many bytes, then the modules, sorted. Written and read on one machine.
#include "loader/verified.h"

#include <elf.h>
#include <link.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

namespace joist {

namespace {

std::vector<VerifiedModule> list;

// The id that the linker gave this executable: a hash of all that it is made of. Empty when there is none.
int find_build_id(dl_phdr_info* object, size_t, void* out) {
  for (size_t i = 0; i < object->dlpi_phnum; i++) {
    const auto& segment = object->dlpi_phdr[i];
    if (segment.p_type != PT_NOTE) continue;
    auto* at = reinterpret_cast<const uint8_t*>(object->dlpi_addr + segment.p_vaddr);
    auto* end = at + segment.p_memsz;
    auto padded = [](size_t n) { return (n + 3) & ~size_t(3); };
    while (at + sizeof(ElfW(Nhdr)) <= end) {
      auto& note = *reinterpret_cast<const ElfW(Nhdr)*>(at);
      auto* name = at + sizeof note;
      auto* content = name + padded(note.n_namesz);
      if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 && std::memcmp(name, "GNU", 4) == 0)
        static_cast<std::string*>(out)->assign(reinterpret_cast<const char*>(content), note.n_descsz);
      at = content + padded(note.n_descsz);
    }
  }
  return 1;  // the executable comes first; libraries do not count
}
std::string header() {
  std::string id;
  dl_iterate_phdr(find_build_id, &id);
  auto size = uint32_t(id.size());
  return std::string(reinterpret_cast<const char*>(&size), sizeof size) + id;
}

}  // namespace

VerifiedModule verified_module(const ParsedModule& module) {
  VerifiedModule m{};
  std::memcpy(m.md5, module.md5, sizeof m.md5);
  m.lines = uint32_t(module.lines.size());
  return m;
}

bool may_be_listed(const ParsedModule& module) { return module.define_on_failure.empty(); }

void use_verified_list(const std::string& name) {
  list.clear();
  FILE* file = std::fopen(name.c_str(), "rb");
  if (!file) return;
  std::string wanted = header(), found(wanted.size(), 0);
  std::fseek(file, 0, SEEK_END);
  long size = std::ftell(file) - long(wanted.size());
  std::rewind(file);
  bool good = wanted.size() > sizeof(uint32_t) && size >= 0 && size_t(size) % sizeof(VerifiedModule) == 0 &&
              std::fread(found.data(), 1, found.size(), file) == found.size() && found == wanted;
  if (good) {
    list.resize(size_t(size) / sizeof(VerifiedModule));
    good = std::fread(list.data(), sizeof(VerifiedModule), list.size(), file) == list.size() && std::is_sorted(list.begin(), list.end());
  }
  std::fclose(file);
  if (!good) list.clear();
}

bool is_verified(const ParsedModule& module) { return std::binary_search(list.begin(), list.end(), verified_module(module)); }

bool write_verified_list(const std::string& name, std::vector<VerifiedModule>& modules) {
  std::sort(modules.begin(), modules.end());
  FILE* file = std::fopen(name.c_str(), "wb");
  if (!file) return false;
  std::string head = header();
  bool good = std::fwrite(head.data(), 1, head.size(), file) == head.size() &&
              std::fwrite(modules.data(), sizeof(VerifiedModule), modules.size(), file) == modules.size();
  return std::fclose(file) == 0 && good;
}

}  // namespace joist
