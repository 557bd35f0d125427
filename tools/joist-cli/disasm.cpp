// `joist disasm [--check] FILES…`: what the loader makes of .beam files.
#include <cstdio>
#include <string>
#include <vector>

#include "gc/literal_area.h"
#include "loader/iff.h"
#include "loader/link.h"
#include "loader/parse.h"
#include "loader/print.h"
#include "tools/joist-cli/commands.h"
#include "vm/code/code.h"
#include "vm/term/atom.h"

namespace joist::cli {

bool read_file(const std::string& name, std::vector<uint8_t>* bytes) {
  FILE* file = fopen(name.c_str(), "rb");
  if (!file) return false;
  uint8_t buffer[65536];
  for (size_t n; (n = fread(buffer, 1, sizeof buffer, file)) > 0;) bytes->insert(bytes->end(), buffer, buffer + n);
  bool good = !ferror(file);
  fclose(file);
  return good;
}

static void print(const std::string& text) { fwrite(text.data(), 1, text.size(), stdout); }

static void print_chunks(std::span<const uint8_t> bytes) {
  auto file = BeamFile::open(bytes);
  if (!file) return;
  file->each([](uint32_t id, std::span<const uint8_t> content) {
    printf("  chunk %c%c%c%c  %zu bytes\n", id >> 24, id >> 16 & 255, id >> 8 & 255, id & 255, content.size());
  });
  uint8_t digest[16];
  if (!file->md5(digest)) return;
  printf("  md5 ");
  for (uint8_t byte : digest) printf("%02x", byte);
  printf("\n");
}

// False when the file is no good module.
static bool show(const std::string& name, bool check) {
  std::vector<uint8_t> bytes;
  if (!read_file(name, &bytes)) {
    fprintf(stderr, "%s: cannot be read\n", name.c_str());
    return false;
  }
  if (!check) {
    printf("%s\n", name.c_str());
    print_chunks(bytes);
    if (auto parsed = parse_module(bytes)) {
      print(print_tables(**parsed));
      printf("\n---- generic code\n");
      print(print_generic(**parsed));
    }
  }
  auto prepared = prepare_module(Term(), bytes);
  if (!prepared) {
    fprintf(stderr, "%s: %s\n", name.c_str(), prepared.error().reason.c_str());
    return false;
  }
  if (!check) {
    printf("\n---- specialised code\n");
    print(print_specialised(*(*prepared)->instance));
  }
  (*prepared)->release();
  return true;
}

// 0 when all files are good, else 1.
int disasm_main(const std::vector<std::string>& files, bool check) {
  init_atoms(size_t(1) << 20);
  init_literals();
  init_code();
  bool good = true;
  for (auto& name : files) good = show(name, check) && good;
  return good ? 0 : 1;
}

}  // namespace joist::cli
