// Ordered sets: a B+tree of objects by key, in the standard order of terms (1 and 1.0 are the same key).
// Callers hold the table's stripe.
#pragma once
#include "vm/ets/table.h"

namespace joist::ets {

struct TreeNode;

struct Tree {
  TreeNode* root = nullptr;
  uint32_t height = 0;  // of the root; 0: it is a leaf
  bool force_split = false;  // leaves split long before they are full (for tests: small tables get many nodes)
};

namespace tree {

// A place in a leaf. Valid until the tree changes.
struct Cursor {
  TreeNode* leaf = nullptr;
  uint32_t index = 0;
  explicit operator bool() const { return leaf != nullptr; }
  Object* object() const;
};

Tree* create();
Object* find(Table& table, Term key);
Cursor first(Table& table);
Cursor last(Table& table);
// First place with a key > key (or >= when `or_equal`); last place with a key < key (or <=).
Cursor after(Table& table, Term key, bool or_equal = false);
Cursor before(Table& table, Term key, bool or_equal = false);
// First place whose key makes `beyond` true; it must be false up to some key and true from there on.
Cursor first_beyond(Table& table, bool (*beyond)(Term key, void* arg), void* arg);
Cursor next(Cursor c);
Cursor previous(Cursor c);
// Fetches the object so many places away from memory, if the same leaf has it: for walks, whose objects lie anywhere.
inline constexpr int32_t prefetch_distance = 4;
void prefetch(Cursor c, int32_t distance);

// Takes the object; replaces one with an equal key.
void put(Table& table, Object* object);
// Puts `fresh` (an equal key) in place of what is there.
void replace(Table& table, Object* old, Object* fresh);
bool erase(Table& table, Term key);
// Frees up to budget objects; true when all are gone.
bool free_some(Table& table, size_t budget);
void check(Table& table);  // for tests: aborts when the tree is malformed

}  // namespace tree
}  // namespace joist::ets
