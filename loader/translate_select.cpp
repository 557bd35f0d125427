// Selection: the form that suits the values. Maps: literal keys get their hash here.
#include "loader/translate_select.h"

#include <algorithm>

#include "loader/map_shape.h"
#include "loader/references.h"
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

// A multiplier that gives each of the words a slot of its own in a table.
struct HashTable {
  Word multiplier;
  size_t log;  // of the number of slots
  size_t slot(Word word) const { return size_t(word * multiplier >> (64 - log)); }
};

// Slots for which a multiplier is found after a hundred attempts, about: two to eight for a word.
size_t enough_slots(size_t words) {
  size_t slots = std::clamp(words * words / 9, words * 2, words * 8);
  return 64 - size_t(__builtin_clzll(slots - 1));
}

// With table->log slots.
bool find_multiplier(const std::vector<Word>& words, HashTable* table) {
  std::vector<uint16_t> taken(size_t(1) << table->log);  // by which attempt
  auto fits = [&](Word multiplier, uint16_t attempt) {
    table->multiplier = multiplier;
    for (Word word : words) {
      uint16_t& at = taken[table->slot(word)];
      if (at == attempt) return false;
      at = attempt;
    }
    return true;
  };
  // The low bits of atoms' numbers: those that were new in a module follow each other.
  if (fits((Word(1) << (64 - table->log)) / (Term::atom(1).raw() - Term::atom(0).raw()), 1)) return true;
  Word seed = 0x9e3779b97f4a7c15;
  for (uint16_t attempt = 2; attempt <= 400; attempt++) {
    seed = seed * 0xd1342543de82ef95 + 1;
    if (fits(seed | 1, attempt)) return true;
  }
  return false;
}

bool select_hash(Emitter& e, const GenericOp& op, const std::vector<Case>& cases) {
  if (cases.size() < 4 || cases.size() > 256) return false;
  std::vector<Word> words;
  for (const Case& c : cases) words.push_back(e.module().constant(c.value).raw());
  HashTable table{0, enough_slots(words.size())};
  while (!find_multiplier(words, &table))
    if (++table.log > enough_slots(words.size()) + 2) return false;
  std::vector<GenericOperand> slots(size_t(2) << table.log, number(0));
  for (size_t i = 1; i < slots.size(); i += 2) slots[i] = op[1];
  for (size_t i = 0; i < cases.size(); i++) {
    size_t slot = table.slot(words[i]);
    slots[2 * slot] = cases[i].value;
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
  bool few = cases.size() <= linear_cases;
  if (!few) {
    std::sort(cases.begin(), cases.end(), [&](const Case& a, const Case& b) {
      return e.module().constant(a.value).raw() < e.module().constant(b.value).raw();
    });
  }
  auto tail = tail_of(cases);
  e.emit(few ? Op::select_immediate_few : Op::select_immediate,
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

// ---- the same once more, in code that another run translated

namespace {

template <class Ins>
Ins& instruction(Word* at) {
  return *reinterpret_cast<Ins*>(at);
}

// Words, then their labels.
void sort_cases(Word* cases, size_t count) {
  std::vector<std::pair<Word, Word>> rows;
  for (size_t i = 0; i < count; i++) rows.push_back({cases[i], cases[count + i]});
  std::sort(rows.begin(), rows.end());
  for (size_t i = 0; i < count; i++) cases[i] = rows[i].first, cases[count + i] = rows[i].second;
}

// Where there is no good multiplier for this run's words, a binary search takes the place; nothing falls through these instructions.
void fill_slots(Word* at) {
  auto& in = instruction<ins::select_hash>(at);
  Word* slots = in.slots.at;
  std::vector<Word> words, targets;
  for (size_t i = 0; i < in.count.value; i++)
    if (slots[2 * i]) words.push_back(slots[2 * i]), targets.push_back(slots[2 * i + 1]);
  HashTable table{0, 64 - in.shift.value};
  if (!find_multiplier(words, &table)) {
    auto fail = in.fail;
    auto& search = instruction<ins::select_immediate>(at);
    Mode mode = search.value.mode();
    search.handler = handler_word(Op::select_immediate, &mode, 1);
    search.fail = fail;
    search.count.value = uint32_t(words.size());
    std::copy(words.begin(), words.end(), search.cases.at);
    std::copy(targets.begin(), targets.end(), search.cases.at + words.size());
    sort_cases(search.cases.at, words.size());
    return;
  }
  for (size_t i = 0; i < in.count.value; i++) slots[2 * i] = 0, slots[2 * i + 1] = Word(SWord(in.fail.distance));
  in.multiplier.value = table.multiplier;
  for (size_t i = 0; i < words.size(); i++) {
    size_t slot = table.slot(words[i]);
    slots[2 * slot] = words[i];
    slots[2 * slot + 1] = targets[i];
  }
}

Word hash_of(Word key) {
  ins::Src source{key};
  return source.is_constant() ? internal_hash(Term::from_raw(key)) : 0;
}
template <class Ins>
void hash_key(Ins& in) {
  in.hash.value = uint32_t(hash_of(in.key.bits));
}

}  // namespace

bool depends_on_atom_numbers(Op op) {
  return op == Op::select_immediate || op == Op::select_hash || op == Op::get_map_element || op == Op::get_map_element_hashed ||
         op == Op::get_map_elements || op == Op::has_map_fields;
}

void rearrange(Op op, Word* at) {
  switch (op) {
    case Op::select_immediate: {
      auto& in = instruction<ins::select_immediate>(at);
      return sort_cases(in.cases.at, in.count.value);
    }
    case Op::select_hash: return fill_slots(at);
    case Op::get_map_element: return hash_key(instruction<ins::get_map_element>(at));
    case Op::get_map_element_hashed: return hash_key(instruction<ins::get_map_element_hashed>(at));
    case Op::get_map_elements: {
      auto& in = instruction<ins::get_map_elements>(at);
      for (size_t i = 0; i + 2 < in.count.value; i += 3) in.elements.at[i + 2] = hash_of(in.elements.at[i]);
      return;
    }
    case Op::has_map_fields: {
      auto& in = instruction<ins::has_map_fields>(at);
      for (size_t i = 0; i + 1 < in.count.value; i += 2) in.keys.at[i + 1] = hash_of(in.keys.at[i]);
      return;
    }
    default: PANIC("instruction %s depends on no atom's number", op_info(op).name);
  }
}

}  // namespace joist
