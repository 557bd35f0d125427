// Writing packs.
#include <algorithm>
#include <cstdio>
#include <cstring>

#include "loader/link.h"
#include "loader/pack.h"
#include "loader/pack_format.h"
#include "loader/references.h"
#include "vm/sys/build_id.h"

namespace joist {

using namespace pack_format;

namespace {

template <class T>
void append(std::string& out, const T* first, size_t count) {
  out.append(reinterpret_cast<const char*>(first), count * sizeof(T));
  out.resize(padded(out.size()));
}
template <class T>
void append(std::string& out, const std::vector<T>& rows) {
  append(out, rows.data(), rows.size());
}

// Numbers instead of addresses in the words; the references to them.
std::vector<uint8_t> release_words(std::vector<Word>& words, CodeReferences& references) {
  auto& rows = references.words();
  std::sort(rows.begin(), rows.end(), [](auto& a, auto& b) { return a.at < b.at; });
  std::vector<uint8_t> bytes;
  auto put = [&](Reference kind, uint32_t gap) { bytes.push_back(uint8_t(unsigned(kind) << gap_bits | gap)); };
  uint32_t at = 0;
  for (auto& row : rows) {
    for (; row.at - at > most_gap; at += most_gap) put(Reference::None, most_gap);
    put(row.kind, row.at - at);
    at = row.at;
    if (row.kind == Reference::Handler) words[at] -= reinterpret_cast<Word>(handler_tables);
    else words[at] = row.index;
  }
  return bytes;
}

// Empty when it cannot be packed.
std::string pack(const PreparedModule& prepared, CodeReferences& references) {
  const CodeInstance& code = *prepared.instance;
  ModuleHeader header{};
  std::vector<Word> words(code.code, code.code + code.code_words);
  std::vector<uint8_t> reference_bytes = release_words(words, references), big_integers;
  std::vector<Function> functions;
  for (size_t i = 0; i < code.function_count; i++) {
    const FunctionStart& f = code.functions[i];
    functions.push_back({f.info, f.entry, references.atom_number(f.function), f.arity});
    if (!functions.back().name) return {};
  }
  std::vector<uint32_t> exports, shapes;
  for (size_t i = 0; i < code.export_count; i++) exports.push_back(code.export_table[i].offset);
  std::vector<Target> targets;
  for (const ImportRow& row : references.exports()) {
    targets.push_back({references.atom_number(row.module), references.atom_number(row.function), row.arity});
    if (!targets.back().module || !targets.back().function) return {};
  }
  for (auto& keys : references.shapes()) {
    shapes.push_back(uint32_t(keys.size()));
    shapes.insert(shapes.end(), keys.begin(), keys.end());
  }
  for (auto& integer : references.big_integers()) {
    auto size = uint32_t(integer.size());
    auto* first = reinterpret_cast<const uint8_t*>(&size);
    big_integers.insert(big_integers.end(), first, first + sizeof size);
    big_integers.insert(big_integers.end(), integer.begin(), integer.end());
  }
  std::memcpy(header.md5, code.md5, sizeof header.md5);
  header.words = uint32_t(words.size());
  header.functions = uint32_t(functions.size());
  header.lines = uint32_t(code.line_count);
  header.exports = uint32_t(exports.size());
  header.funs = uint32_t(code.fun_count);
  header.targets = uint32_t(targets.size());
  header.arranged = uint32_t(references.arranged().size());
  header.shapes = uint32_t(shapes.size());
  header.reference_bytes = uint32_t(reference_bytes.size());
  header.big_integers = uint32_t(references.big_integers().size());
  header.big_integer_bytes = uint32_t(big_integers.size());
  header.on_load = code.on_load ? uint32_t(code.on_load - code.code) : 0;
  std::string out;
  append(out, &header, 1);
  append(out, words);
  append(out, functions);
  append(out, code.lines, code.line_count);
  append(out, exports);
  append(out, prepared.fun_offsets, code.fun_count);
  append(out, targets);
  append(out, references.arranged());
  append(out, shapes);
  append(out, reference_bytes);
  append(out, big_integers);
  return out;
}

}  // namespace

bool PackWriter::add(std::span<const uint8_t> beam) {
  CodeReferences references;
  auto prepared = translate_module(beam, &references);
  if (!prepared) return false;
  std::string packed = references.complete() ? pack(**prepared, references) : "";
  (*prepared)->release();
  if (packed.empty()) return false;
  modules_.push_back({content_hash(beam), std::move(packed)});
  return true;
}

bool PackWriter::write(const std::string& name) {
  auto by_hash = [](auto& a, auto& b) { return a.beam < b.beam; };
  std::sort(modules_.begin(), modules_.end(), by_hash);
  // The same file may be there twice.
  modules_.erase(std::unique(modules_.begin(), modules_.end(), [](auto& a, auto& b) { return a.beam == b.beam; }), modules_.end());
  std::string id = sys::build_id();
  PackHeader header{};
  std::memcpy(header.magic, magic, sizeof magic);
  header.build_id_bytes = id.size();
  header.modules = modules_.size();
  std::vector<IndexRow> rows;
  uint64_t offset = padded(sizeof header + id.size()) + modules_.size() * sizeof(IndexRow);
  for (auto& m : modules_) {
    rows.push_back({m.beam, offset, m.packed.size()});
    offset += m.packed.size();
  }
  header.bytes = offset;
  header.index = content_hash({reinterpret_cast<const uint8_t*>(rows.data()), rows.size() * sizeof(IndexRow)});
  std::string head(reinterpret_cast<const char*>(&header), sizeof header);
  head += id;
  head.resize(padded(head.size()));
  append(head, rows);
  // Under another name first: a node may be starting from the old one.
  std::string fresh = name + ".new";
  FILE* file = std::fopen(fresh.c_str(), "wb");
  if (!file) return false;
  auto put = [&](const std::string& bytes) { return std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size(); };
  bool good = put(head);
  for (auto& m : modules_) good = good && put(m.packed);
  return std::fclose(file) == 0 && good && std::rename(fresh.c_str(), name.c_str()) == 0;
}

}  // namespace joist
