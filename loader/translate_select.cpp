// Selection: the form that suits the values. Maps: literal keys get their hash here.
#include "loader/translate_select.h"

#include <algorithm>

#include "loader/map_shape.h"
#include "loader/translate.h"
#include "vm/term/boxed.h"
#include "vm/term/compare.h"
#include "vm/term/hash.h"
#include "vm/term/map.h"

namespace joist {
namespace {

bool is_small(const GenericOperand& o) { return o.kind == OperandKind::Integer || o.kind == OperandKind::Char; }

struct Case {
  GenericOperand value, label;
};

GenericOperand number(Word n) {
  GenericOperand o;
  o.kind = OperandKind::Unsigned;
  o.value = SWord(n);
  return o;
}

// All values, then all labels.
std::vector<GenericOperand> tail_of(const std::vector<Case>& cases) {
  std::vector<GenericOperand> tail;
  for (const Case& c : cases) tail.push_back(c.value);
  for (const Case& c : cases) tail.push_back(c.label);
  return tail;
}
std::span<const GenericOperand> span(const std::vector<GenericOperand>& tail) { return {tail.data(), tail.size()}; }

constexpr size_t linear_cases = 5;  // up to here a scan beats a binary search

// Small integers of which a third of the range, at least, has a case.
bool select_range(Emitter& e, const GenericOp& op, const std::vector<Case>& cases) {
  if (cases.size() < 4 || !std::all_of(cases.begin(), cases.end(), [](const Case& c) { return is_small(c.value); })) return false;
  SWord low = cases[0].value.value, high = low;
  for (const Case& c : cases) low = std::min(low, SWord(c.value.value)), high = std::max(high, SWord(c.value.value));
  Word range = Word(high) - Word(low);
  if (range >= 3 * cases.size()) return false;
  std::vector<GenericOperand> targets(range + 1, op[1]);
  for (const Case& c : cases) targets[size_t(c.value.value - low)] = c.label;
  e.emit(Op::select_small_range, {op[0], op[1], Value::number(targets.size()), Term::small(low), span(targets)});
  return true;
}

// A multiplier that gives each of the words a slot of its own in a table of two to eight slots a word.
struct HashTable {
  Word multiplier;
  size_t log;  // of the number of slots
  size_t slot(Word word) const { return size_t(word * multiplier >> (64 - log)); }
};
bool find_multiplier(const std::vector<Word>& words, HashTable* table) {
  table->log = 64 - size_t(__builtin_clzll(words.size() * 2 - 1));
  Word seed = 0x9e3779b97f4a7c15;
  std::vector<uint16_t> taken(size_t(4) << table->log);  // by which try
  for (uint16_t attempt = 1; attempt <= 1200; attempt++) {
    if (attempt == 401 || attempt == 801) table->log++;
    seed = seed * 0xd1342543de82ef95 + 1;
    table->multiplier = seed | 1;
    bool good = true;
    for (size_t i = 0; i < words.size() && good; i++) {
      uint16_t& at = taken[table->slot(words[i])];
      good = at != attempt;
      at = attempt;
    }
    if (good) return true;
  }
  return false;
}

bool select_hash(Emitter& e, const GenericOp& op, const std::vector<Case>& cases) {
  if (cases.size() < 4 || cases.size() > 256) return false;
  std::vector<Word> words;
  for (const Case& c : cases) words.push_back(e.module().constant(c.value).raw());
  HashTable table;
  if (!find_multiplier(words, &table)) return false;
  std::vector<GenericOperand> slots(size_t(2) << table.log, number(0));
  for (size_t i = 1; i < slots.size(); i += 2) slots[i] = op[1];
  for (size_t i = 0; i < cases.size(); i++) {
    size_t slot = table.slot(words[i]);
    slots[2 * slot] = number(words[i]);
    slots[2 * slot + 1] = cases[i].label;
  }
  e.emit(Op::select_hash, {op[0], op[1], Value::number(64 - table.log), Value::number(table.multiplier), Value::number(slots.size() / 2),
                           span(slots)});
  return true;
}

}  // namespace

// select_val Src Fail [Value, Label, …]
size_t translate_select_val(Emitter& e, std::span<const GenericOp> ops) {
  auto& op = ops[0];
  auto list = op[2].elements();
  std::vector<Case> cases;
  for (size_t i = 0; i + 1 < list.size(); i += 2) cases.push_back({list[i], list[i + 1]});
  if (cases.empty()) return e.refuse("select_val without cases"), 1;
  if (!std::all_of(cases.begin(), cases.end(), [](const Case& c) { return is_immediate(c.value); })) {
    auto tail = tail_of(cases);
    e.emit(Op::select_term, {op[0], op[1], Value::number(cases.size()), span(tail)});
    return 1;
  }
  if (select_range(e, op, cases) || select_hash(e, op, cases)) return 1;
  std::sort(cases.begin(), cases.end(), [&](const Case& a, const Case& b) {
    return e.module().constant(a.value).raw() < e.module().constant(b.value).raw();
  });
  auto tail = tail_of(cases);
  e.emit(cases.size() <= linear_cases ? Op::select_immediate_few : Op::select_immediate,
         {op[0], op[1], Value::number(cases.size()), span(tail)});
  return 1;
}

// select_tuple_arity Src Fail [Arity, Label, …]
size_t translate_select_tuple_arity(Emitter& e, std::span<const GenericOp> ops) {
  auto& op = ops[0];
  auto list = op[2].elements();
  std::vector<Case> cases;
  for (size_t i = 0; i + 1 < list.size(); i += 2) cases.push_back({number(Tuple::make(size_t(list[i].value))), list[i + 1]});
  auto tail = tail_of(cases);
  e.emit(Op::select_arity, {op[0], op[1], Value::number(cases.size()), span(tail)});
  return 1;
}

// Atom keys in #{}: the keys are sorted here, once, and shared by all maps of the shape.
static bool new_map(Emitter& e, const GenericOp& op) {
  auto pairs = op[4].elements();
  if (op[1].kind != OperandKind::Literal || pairs.size() / 2 > FlatMap::max_size) return false;
  Term map = e.module().constant(op[1]);
  if (!is_map(map) || map::size(map) != 0) return false;
  std::vector<Case> associations;  // key and, as the label, the value
  for (size_t i = 0; i + 1 < pairs.size(); i += 2) {
    if (pairs[i].kind != OperandKind::Atom) return false;
    associations.push_back({pairs[i], pairs[i + 1]});
  }
  std::sort(associations.begin(), associations.end(), [](const Case& a, const Case& b) {
    return compare_terms_exact(a.value.atom(), b.value.atom()) < 0;
  });
  std::vector<Term> keys;
  std::vector<GenericOperand> values;
  for (const Case& c : associations) {
    if (!keys.empty() && keys.back().same(c.value.atom())) return false;  // the compiler allows no such thing
    keys.push_back(c.value.atom());
    values.push_back(c.label);
  }
  e.emit(Op::new_map, {op[2], op[3], map_shape({keys.data(), keys.size()}), Value::number(values.size()), span(values)});
  return true;
}

// put_map_* Fail Src Dst Live [Key, Value, …]
template <bool Exact>
size_t translate_put_map(Emitter& e, std::span<const GenericOp> ops) {
  auto& op = ops[0];
  auto pairs = op[4].elements();
  if (!Exact && new_map(e, op)) return 1;
  std::vector<GenericOperand> sorted;
  if (Exact) {
    // In the order of keys, when all are known: the error names the first that is missing in that order.
    std::vector<Case> cases;
    for (size_t i = 0; i + 1 < pairs.size(); i += 2) cases.push_back({pairs[i], pairs[i + 1]});
    if (std::all_of(cases.begin(), cases.end(), [](const Case& c) { return c.value.is_constant(); })) {
      std::sort(cases.begin(), cases.end(), [&](const Case& a, const Case& b) {
        return compare_terms_exact(e.module().constant(a.value), e.module().constant(b.value)) < 0;
      });
      for (const Case& c : cases) sorted.push_back(c.value), sorted.push_back(c.label);
      pairs = span(sorted);
    }
  }
  e.emit(Op::put_map, {op[1], op[2], op[0], op[3], Value::number(Exact), Value::number(pairs.size()), pairs});
  return 1;
}
template size_t translate_put_map<false>(Emitter& e, std::span<const GenericOp> ops);
template size_t translate_put_map<true>(Emitter& e, std::span<const GenericOp> ops);

static uint32_t key_hash(Emitter& e, const GenericOperand& key) {
  return key.is_constant() ? internal_hash(e.module().constant(key)) : 0;
}

static void get_one(Emitter& e, const GenericOp& op, const GenericOperand& key, const GenericOperand& dst) {
  e.emit(is_immediate(key) ? Op::get_map_element : Op::get_map_element_hashed,
         {op[1], dst, op[0], e.module().constant(key), Value::number(key_hash(e, key))});
}

// get_map_elements Fail Src [Key, Dst, …]
size_t translate_get_map_elements(Emitter& e, std::span<const GenericOp> ops) {
  auto& op = ops[0];
  auto list = op[2].elements();
  bool one_by_one = true;
  for (size_t i = 0; i + 1 < list.size(); i += 2)
    one_by_one &= list[i].is_constant() && (i + 2 == list.size() || !same_register(list[i + 1], op[1]));
  if (list.size() == 2 && list[0].is_register()) {
    e.emit(Op::get_map_element_by, {op[1], list[0], list[1], op[0]});
    return 1;
  }
  if (one_by_one) {
    for (size_t i = 0; i + 1 < list.size(); i += 2) get_one(e, op, list[i], list[i + 1]);
    return 1;
  }
  std::vector<GenericOperand> tail;
  for (size_t i = 0; i + 1 < list.size(); i += 2) {
    tail.push_back(list[i]);
    tail.push_back(list[i + 1]);
    tail.push_back(number(key_hash(e, list[i])));
  }
  e.emit(Op::get_map_elements, {op[1], op[0], Value::number(tail.size()), span(tail)});
  return 1;
}

// has_map_fields Fail Src [Key, …]
size_t translate_has_map_fields(Emitter& e, std::span<const GenericOp> ops) {
  auto& op = ops[0];
  std::vector<GenericOperand> tail;
  for (const GenericOperand& key : op[2].elements()) {
    tail.push_back(key);
    tail.push_back(number(key_hash(e, key)));
  }
  e.emit(Op::has_map_fields, {op[1], op[0], Value::number(tail.size()), span(tail)});
  return 1;
}

}  // namespace joist
