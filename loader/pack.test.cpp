// Packed modules against translated ones, and packs that are not what they should be.
#include "loader/pack.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <filesystem>

#include "gc/literal_area.h"
#include "loader/link.h"
#include "loader/print.h"
#include "loader/references.h"
#include "vm/code/code.h"
#include "vm/code/ops.h"
#include "vm/code/ranges.h"
#include "vm/interp/machine_case.h"
#include "vm/term/atom.h"

using namespace joist;

namespace {

constexpr std::span<const uint8_t> beam = test::machine_case_beam;

void init() {
  if (atom_count() == 0) init_atoms(size_t(1) << 20);
  init_literals();
  init_code();
}

// A pack of one module, gone at the end.
struct TestPack {
  std::string name = "/tmp/joist_pack_" + std::to_string(getpid());
  TestPack() {
    PackWriter writer;
    REQUIRE(writer.add(beam));
    REQUIRE(writer.add(beam));  // counts once
    REQUIRE(writer.write(name));
    use_pack(name);
  }
  ~TestPack() {
    std::filesystem::remove(name);
    use_pack(name);
  }
  void flip(long at) {
    FILE* file = fopen(name.c_str(), "r+b");
    fseek(file, at, SEEK_SET);
    int byte = fgetc(file);
    fseek(file, at, SEEK_SET);
    fputc(byte ^ 1, file);
    fclose(file);
    use_pack(name);
  }
};

}  // namespace

TEST_CASE("a packed module is what translation makes") {
  init();
  TestPack pack;
  CHECK(PackedModule::find(beam));
  auto translated = translate_module(beam), packed = prepare_module(Term(), beam);
  REQUIRE((translated && packed));
  const CodeInstance &one = *(*translated)->instance, &two = *(*packed)->instance;
  CHECK(print_specialised(one) == print_specialised(two));
  CHECK(std::equal(one.md5, one.md5 + 16, two.md5));
  REQUIRE(one.export_count == two.export_count);
  for (size_t i = 0; i < one.export_count; i++) {
    CHECK(one.export_table[i].target == two.export_table[i].target);
    CHECK(one.export_table[i].offset == two.export_table[i].offset);
  }
  REQUIRE(one.fun_count == two.fun_count);
  for (size_t i = 0; i < one.fun_count; i++) CHECK((*translated)->fun_offsets[i] == (*packed)->fun_offsets[i]);
  REQUIRE(one.line_count == two.line_count);
  for (size_t i = 0; i < one.line_count; i++) CHECK(one.lines[i].line == two.lines[i].line);
  (*translated)->release();
  (*packed)->release();
}

TEST_CASE("a pack that is damaged, of another build or gone is none") {
  init();
  TestPack pack;
  std::vector<uint8_t> other(beam.begin(), beam.end());
  other.back() ^= 1;
  CHECK_FALSE(PackedModule::find(other));
  for (long at : {0, 40, 80}) {  // magic, hash of the index, build id or index
    pack.flip(at);
    CHECK_FALSE(PackedModule::find(beam));
    pack.flip(at);
    CHECK(PackedModule::find(beam));
  }
  std::filesystem::resize_file(pack.name, std::filesystem::file_size(pack.name) - 8);
  use_pack(pack.name);
  CHECK_FALSE(PackedModule::find(beam));
  std::filesystem::remove(pack.name);
  use_pack(pack.name);
  CHECK_FALSE(PackedModule::find(beam));
}

namespace {

// What select_hash needs to be rearranged, in memory of its own.
struct Selection {
  static constexpr size_t slots = 16;
  Word words[words_of<ins::select_hash> + 2 * slots] = {};
  ins::select_hash& in() { return *reinterpret_cast<ins::select_hash*>(words); }

  explicit Selection(std::span<const Word> cases) {
    Mode mode = Mode::X0;
    in().handler = handler_word(Op::select_hash, &mode, 1);
    in().value = ins::Src::reg(Mode::X0, 0);
    in().fail.distance = 1000;
    in().shift.value = 60;
    in().count.value = slots;
    for (size_t i = 0; i < slots; i++) {
      bool used = i < cases.size();
      in().slots.at[2 * i] = used ? cases[i] : 0;
      in().slots.at[2 * i + 1] = used ? i : 1000;
    }
    rearrange(Op::select_hash, words);
  }
  SWord target(Word value) {
    if (op_of_handler(words[0]) == Op::select_hash) {
      size_t slot = value * in().multiplier.value >> in().shift.value;
      return in().slots.number(2 * slot) == value ? in().slots.distance(2 * slot + 1) : in().fail.distance;
    }
    auto& search = *reinterpret_cast<ins::select_immediate*>(words);
    for (size_t i = 0; i < search.count.value; i++) {
      if (i > 0) CHECK(search.cases.number(i - 1) < search.cases.number(i));
      if (search.cases.number(i) == value) return search.cases.distance(search.count.value + i);
    }
    return search.fail.distance;
  }
};

}  // namespace

TEST_CASE("cases find their places by the atoms' numbers of this run") {
  init();
  for (size_t count : {size_t(4), size_t(8), Selection::slots}) {
    std::vector<Word> cases;
    for (size_t i = 0; i < count; i++) cases.push_back(Term::atom(uint32_t(i * i * 7919 + 3)).raw());
    Selection selection(cases);
    for (size_t i = 0; i < count; i++) CHECK(selection.target(cases[i]) == SWord(i));
    CHECK(selection.target(Term::atom(1).raw()) == 1000);
    if (count == Selection::slots) CHECK(op_of_handler(selection.words[0]) == Op::select_immediate);  // no multiplier is that good
  }
}
