#include "vm/sys/build_id.h"

#include <elf.h>
#include <link.h>

#include <cstdint>
#include <cstring>

namespace joist::sys {

static int find_build_id(dl_phdr_info* object, size_t, void* out) {
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

std::string build_id() {
  std::string id;
  dl_iterate_phdr(find_build_id, &id);
  return id;
}

}  // namespace joist::sys
