// Reading packs.
#include "loader/pack.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>

#include "loader/map_shape.h"
#include "loader/pack_format.h"
#include "loader/references.h"
#include "vm/code/export.h"
#include "vm/code/native.h"
#include "vm/code/ranges.h"
#include "vm/sys/build_id.h"
#include "vm/sys/memory.h"

namespace joist {

using namespace pack_format;

namespace {

std::span<const uint8_t> pack;  // mapped as long as the node lives
std::span<const IndexRow> pack_index;
std::atomic<size_t> pages_read{0};  // bytes of modules whose pages may be in memory

// The part of the file; empty when it is not there.
std::span<const uint8_t> part(uint64_t offset, uint64_t size) {
  return offset <= pack.size() && size <= pack.size() - offset ? pack.subspan(offset, size) : std::span<const uint8_t>();
}

// A module is read once, but for its lines: its pages need not stay in this process's memory. Giving them back costs something, so many go at once, with
// the neighbours that the OS maps along with what is touched.
void forget_what_was_read(size_t bytes) {
  constexpr size_t enough = size_t(1) << 18;
  if (pages_read.fetch_add(bytes, std::memory_order_relaxed) + bytes < enough) return;
  pages_read.store(0, std::memory_order_relaxed);
  sys::forget_pages(pack.data(), pack.size());
}

void find_index() {
  PackHeader header;
  std::string wanted = sys::build_id();
  if (wanted.empty() || pack.size() < sizeof header + wanted.size()) return;
  std::memcpy(&header, pack.data(), sizeof header);
  if (std::memcmp(header.magic, magic, sizeof magic) != 0 || header.bytes != pack.size()) return;
  if (header.build_id_bytes != wanted.size() || std::memcmp(pack.data() + sizeof header, wanted.data(), wanted.size()) != 0) return;
  if (header.modules > pack.size() / sizeof(IndexRow)) return;
  auto rows = part(padded(sizeof header + wanted.size()), header.modules * sizeof(IndexRow));
  if (rows.empty() || content_hash(rows) != header.index) return;
  pack_index = {reinterpret_cast<const IndexRow*>(rows.data()), header.modules};
}

// The parts of a packed module, in their order.
class Parts {
 public:
  explicit Parts(const uint8_t* bytes) : header(*reinterpret_cast<const ModuleHeader*>(bytes)), at_(bytes) { take<ModuleHeader>(1); }
  template <class T>
  std::span<const T> take(size_t count) {
    auto* first = reinterpret_cast<const T*>(at_);
    at_ += padded(count * sizeof(T));
    return {first, count};
  }
  const ModuleHeader& header;

 private:
  const uint8_t* at_;
};

struct View : Parts {
  explicit View(const uint8_t* bytes) : Parts(bytes) {}
  std::span<const Word> words = take<Word>(header.words);
  std::span<const Function> functions = take<Function>(header.functions);
  std::span<const LineRow> lines = take<LineRow>(header.lines);
  std::span<const uint32_t> exports = take<uint32_t>(header.exports), funs = take<uint32_t>(header.funs);
  std::span<const Target> targets = take<Target>(header.targets);
  std::span<const CodeReferences::Arranged> arranged = take<CodeReferences::Arranged>(header.arranged);
  std::span<const uint32_t> shapes = take<uint32_t>(header.shapes);
  std::span<const uint8_t> references = take<uint8_t>(header.reference_bytes);
  std::span<const uint8_t> big_integers = take<uint8_t>(header.big_integer_bytes);
};

template <class T>
T* new_array(size_t count) {
  auto* p = static_cast<T*>(std::malloc(sizeof(T) * (count ? count : 1)));
  VERIFY(p);
  return p;
}

// Puts this run's addresses and numbers into the words.
void resolve(const View& view, const ParsedModule& module, CodeInstance& instance) {
  std::vector<Word> exports, shapes;
  for (const Target& t : view.targets)
    exports.push_back(reinterpret_cast<Word>(get_export(module.atoms[t.module], module.atoms[t.function], t.arity)));
  std::vector<Term> keys;
  for (size_t i = 0; i < view.shapes.size(); i += 1 + view.shapes[i]) {
    keys.clear();
    for (uint32_t number : view.shapes.subspan(i + 1, view.shapes[i])) keys.push_back(module.atoms[number]);
    shapes.push_back(map_shape({keys.data(), keys.size()}).raw());
  }
  Word handlers = reinterpret_cast<Word>(handler_tables);
  Word* at = instance.code;
  for (uint8_t reference : view.references) {
    at += reference & most_gap;
    switch (Reference(reference >> gap_bits)) {
      case Reference::None: break;
      case Reference::Handler: *at += handlers; break;
      case Reference::Atom: *at = module.atoms[*at].raw(); break;
      case Reference::Literal: *at = module.literals[*at].raw(); break;
      case Reference::Export: *at = exports[*at]; break;
      case Reference::Native: *at = reinterpret_cast<Word>(&native_table[*at]); break;
      case Reference::Fun: *at = reinterpret_cast<Word>(instance.funs[*at]); break;
      case Reference::Shape: *at = shapes[*at]; break;
    }
  }
}

}  // namespace

void use_pack(const std::string& name) {
  pack = {};
  pack_index = {};
  const uint8_t* bytes;
  size_t size;
  if (!sys::map_file(name.c_str(), &bytes, &size)) return;
  pack = {bytes, size};
  find_index();
}

std::optional<PackedModule> PackedModule::find(std::span<const uint8_t> beam) {
  if (pack_index.empty()) return {};
  ContentHash hash = content_hash(beam);
  auto row = std::lower_bound(pack_index.begin(), pack_index.end(), hash, [](const IndexRow& r, const ContentHash& h) { return r.beam < h; });
  if (row == pack_index.end() || row->beam != hash) return {};
  auto bytes = part(row->offset, row->size);
  return bytes.empty() ? std::nullopt : std::optional(PackedModule(bytes));
}

void PackedModule::describe(ParsedModule& module) const {
  View view(bytes_.data());
  std::memcpy(module.md5, view.header.md5, sizeof module.md5);
  const uint8_t* at = view.big_integers.data();
  for (size_t i = 0; i < view.header.big_integers; i++) {
    uint32_t size;
    std::memcpy(&size, at, sizeof size);
    module.big_integers.push_back({at + sizeof size, size});
    at += sizeof size + size;
  }
}

bool PackedModule::restore(const ParsedModule& module, CodeInstance& instance, CodeEntries* entries) const {
  View view(bytes_.data());
  if (view.exports.size() != module.exports.size() || view.funs.size() != module.lambdas.size()) return false;
  instance.code_words = view.words.size();
  instance.code = code_allocate(instance.code_words);
  std::memcpy(instance.code, view.words.data(), view.words.size_bytes());
  resolve(view, module, instance);
  for (auto& arranged : view.arranged) rearrange(Op(arranged.op), instance.code + arranged.at);
  instance.functions = new_array<FunctionStart>(view.functions.size());
  instance.function_count = view.functions.size();
  for (size_t i = 0; i < view.functions.size(); i++) {
    const Function& f = view.functions[i];
    instance.functions[i] = {f.info, f.entry, module.atoms[f.name], f.arity};
  }
  instance.lines = view.lines.data();
  instance.line_count = view.lines.size();
  instance.owns_lines = false;
  entries->exports.assign(view.exports.begin(), view.exports.end());
  entries->funs.assign(view.funs.begin(), view.funs.end());
  entries->on_load = view.header.on_load;
  forget_what_was_read(bytes_.size());
  return true;
}

}  // namespace joist
