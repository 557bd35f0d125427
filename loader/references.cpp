#include "loader/references.h"

#include "vm/code/export.h"
#include "vm/code/fun.h"
#include "vm/code/native.h"
#include "vm/term/atom.h"
#include "vm/term/boxed.h"

namespace joist {

void CodeReferences::begin(const ParsedModule& module) {
  for (size_t i = 1; i < module.atoms.size(); i++) atoms_.emplace(module.atoms[i].raw(), uint32_t(i));
  for (size_t i = 0; i < module.literals.size(); i++) literals_.emplace(module.literals[i].raw(), uint32_t(i));
  for (auto& bytes : module.big_integers) big_integers_.emplace_back(bytes.begin(), bytes.end());
}

uint32_t CodeReferences::atom_number(Term atom) const {
  auto found = atoms_.find(atom.raw());
  return found == atoms_.end() ? 0 : found->second;
}

void CodeReferences::instruction(Op op, uint32_t at) {
  words_.push_back({at, Reference::Handler, 0});
  if (depends_on_atom_numbers(op)) arranged_.push_back({at, uint32_t(op)});
}

bool CodeReferences::shape(Term t, uint32_t at) {
  auto tuple = t.as<Tuple>();
  if (!tuple) return false;
  std::vector<uint32_t> keys;
  for (size_t i = 0; i < tuple->arity(); i++) keys.push_back(tuple->at(i).is_atom() ? atom_number(tuple->at(i)) : 0);
  for (uint32_t key : keys)
    if (!key) return false;
  words_.push_back({at, Reference::Shape, uint32_t(shapes_.size())});
  shapes_.push_back(std::move(keys));
  return true;
}

void CodeReferences::term(Term t, uint32_t at) {
  if (t.is_atom()) {
    if (uint32_t number = atom_number(t)) return words_.push_back({at, Reference::Atom, number});
    if (t.atom_index() < atom::predefined_count) return;
  } else if (!t.is_pointer()) {
    return;
  }
  auto found = literals_.find(t.raw());
  if (found != literals_.end()) words_.push_back({at, Reference::Literal, found->second});
  else if (!shape(t, at)) complete_ = false;
}

void CodeReferences::pointer(FieldType type, Word word, uint32_t at) {
  if (!word) return;  // of a nif_stub
  if (type == FieldType::NativePtr) {
    words_.push_back({at, Reference::Native, uint32_t(reinterpret_cast<const NativeEntry*>(word) - native_table)});
  } else if (type == FieldType::FunPtr) {
    words_.push_back({at, Reference::Fun, reinterpret_cast<const FunEntry*>(word)->index});
  } else {
    auto [known, fresh] = exports_seen_.emplace(word, uint32_t(exports_.size()));
    auto* target = reinterpret_cast<const Export*>(word);
    if (fresh) exports_.push_back({target->module, target->function, target->arity});
    words_.push_back({at, Reference::Export, known->second});
  }
}

}  // namespace joist
