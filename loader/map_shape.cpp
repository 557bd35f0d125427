// The table of map shapes; see map_shape.h.
#include "loader/map_shape.h"

#include <string_view>
#include <unordered_map>

#include "gc/literal_area.h"
#include "vm/sys/lock.h"

namespace joist {

Term map_shape(std::span<const Term> keys) {
  // By the bytes of the keys, which lie in the tuple itself.
  static auto& shapes = *new std::unordered_map<std::string_view, Term>;
  static auto& lock = *new sys::Mutex(sys::LockRank::CodeTables);
  std::string_view bytes(reinterpret_cast<const char*>(keys.data()), keys.size_bytes());
  sys::Locked guard(lock);
  auto found = shapes.find(bytes);
  if (found != shapes.end()) return found->second;
  static LiteralArea* area = nullptr;
  constexpr size_t area_words = 4096;
  if (!area || size_t(area->end - area->top) < 1 + keys.size()) area = literal_area_create(Words(area_words));
  HeapWriter w = area->writer();
  Tuple* tuple = w.tuple_of(keys.size());
  for (size_t i = 0; i < keys.size(); i++) tuple->elements[i] = keys[i];
  area->top = w.at();
  shapes.emplace(std::string_view(reinterpret_cast<const char*>(tuple->elements), bytes.size()), tuple->term());
  return tuple->term();
}

}  // namespace joist
