// The B+tree. Objects are in leaves, which are linked; inner nodes hold for each child the least key below it. Keys are kept
// next to the object pointers, so that searching small integers and atoms does not touch objects.
//
// The separator of a child *is* the key of the first object below it (a pointer into that object), so whatever changes the first
// object of a leaf must renew that separator: set_first(). A leaf that becomes empty is removed; nodes are not merged otherwise,
// which keeps deletion cheap and loses little: keys that come and go refill their leaf.
#include "vm/ets/tree.h"

#include "vm/sys/memory.h"
#include "vm/term/compare.h"

namespace joist::ets {

constexpr uint32_t fan_out = 48;

struct TreeNode {
  uint32_t count = 0;
  TreeNode* previous = nullptr;  // leaves
  TreeNode* next = nullptr;
  Term keys[fan_out];
  union {
    Object* objects[fan_out];
    TreeNode* children[fan_out];
  };
  TreeNode() {}
};

namespace tree {
namespace {

constexpr uint32_t max_height = 24;

struct Path {
  TreeNode* node[max_height + 1];
  uint32_t index[max_height + 1];
};

TreeNode* new_node() { return sys::create<TreeNode>(sys::Alloc::Ets); }
void free_node(TreeNode* n) { sys::destroy(n, sys::Alloc::Ets); }

int compare(Term a, Term b) {
  if (Term::both_small(a, b)) return a.small_value() < b.small_value() ? -1 : a.small_value() > b.small_value();
  return compare_terms(a, b);
}
// Number of keys < key (or <= when or_equal).
uint32_t rank(const TreeNode* n, Term key, bool or_equal) {
  uint32_t low = 0, high = n->count;
  while (low < high) {
    uint32_t mid = (low + high) / 2;
    int c = compare(n->keys[mid], key);
    if (c < 0 || (or_equal && c == 0)) low = mid + 1;
    else high = mid;
  }
  return low;
}
// Descends to the leaf where key belongs; path may be null.
TreeNode* descend(Table& t, Term key, Path* path) {
  TreeNode* n = t.tree->root;
  for (uint32_t h = t.tree->height; h > 0; h--) {
    uint32_t i = rank(n, key, true);
    if (i > 0) i--;
    if (path) {
      path->node[h] = n;
      path->index[h] = i;
    }
    n = n->children[i];
  }
  if (path) path->node[0] = n;
  return n;
}
void count(Table& t, int64_t items, int64_t words) {
  Stripe& s = t.stripes[0];
  s.items.store(s.items.load(std::memory_order_relaxed) + items, std::memory_order_relaxed);
  s.words.store(s.words.load(std::memory_order_relaxed) + words, std::memory_order_relaxed);
}
// The least key below path's node at height h is now `key`.
void set_first(Table& t, Path& path, uint32_t h, Term key) {
  for (h++; h <= t.tree->height; h++) {
    path.node[h]->keys[path.index[h]] = key;
    if (path.index[h] > 0) return;
  }
}
template <class T>
void insert_at(TreeNode* n, T** items, uint32_t i, Term key, T* item) {
  for (uint32_t j = n->count; j > i; j--) {
    n->keys[j] = n->keys[j - 1];
    items[j] = items[j - 1];
  }
  n->keys[i] = key;
  items[i] = item;
  n->count++;
}
template <class T>
void remove_at(TreeNode* n, T** items, uint32_t i) {
  n->count--;
  for (uint32_t j = i; j < n->count; j++) {
    n->keys[j] = n->keys[j + 1];
    items[j] = items[j + 1];
  }
}
// Moves the upper part of a full node to a new one. Appending in key order splits at the end, so that leaves stay full.
TreeNode* split(TreeNode* n, bool leaf, bool at_end) {
  TreeNode* right = new_node();
  uint32_t from = at_end ? n->count - 2 : n->count / 2;
  right->count = n->count - from;
  for (uint32_t i = 0; i < right->count; i++) {
    right->keys[i] = n->keys[from + i];
    right->children[i] = n->children[from + i];
  }
  n->count = from;
  if (leaf) {
    right->next = n->next;
    right->previous = n;
    if (right->next) right->next->previous = right;
    n->next = right;
  }
  return right;
}
// Inserts a new right sibling of path's node at height h into its parent, splitting upwards.
void insert_child(Table& t, Path& path, uint32_t h, TreeNode* right) {
  for (;; h++) {
    if (h == t.tree->height) {
      TreeNode* root = new_node();
      root->count = 2;
      root->keys[0] = t.tree->root->keys[0];
      root->children[0] = t.tree->root;
      root->keys[1] = right->keys[0];
      root->children[1] = right;
      t.tree->root = root;
      t.tree->height++;
      VERIFY(t.tree->height <= max_height);
      return;
    }
    TreeNode* parent = path.node[h + 1];
    uint32_t i = path.index[h + 1] + 1;
    if (parent->count < fan_out) return insert_at(parent, parent->children, i, right->keys[0], right);
    TreeNode* upper = split(parent, false, i == parent->count);
    if (i > parent->count) insert_at(upper, upper->children, i - parent->count, right->keys[0], right);
    else insert_at(parent, parent->children, i, right->keys[0], right);
    right = upper;
  }
}

}  // namespace

Object* Cursor::object() const { return leaf->objects[index]; }

Tree* create() {
  auto* t = sys::create<Tree>(sys::Alloc::Ets);
  t->root = new_node();
  return t;
}
Object* find(Table& t, Term key) {
  TreeNode* n = descend(t, key, nullptr);
  uint32_t i = rank(n, key, false);
  return i < n->count && compare(n->keys[i], key) == 0 ? n->objects[i] : nullptr;
}
Cursor first(Table& t) {
  TreeNode* n = t.tree->root;
  for (uint32_t h = t.tree->height; h > 0; h--) n = n->children[0];
  return n->count ? Cursor{n, 0} : Cursor{};
}
Cursor last(Table& t) {
  TreeNode* n = t.tree->root;
  for (uint32_t h = t.tree->height; h > 0; h--) n = n->children[n->count - 1];
  return n->count ? Cursor{n, n->count - 1} : Cursor{};
}
Cursor next(Cursor c) {
  if (c.index + 1 < c.leaf->count) return {c.leaf, c.index + 1};
  return c.leaf->next ? Cursor{c.leaf->next, 0} : Cursor{};
}
Cursor previous(Cursor c) {
  if (c.index > 0) return {c.leaf, c.index - 1};
  return c.leaf->previous ? Cursor{c.leaf->previous, c.leaf->previous->count - 1} : Cursor{};
}
Cursor after(Table& t, Term key, bool or_equal) {
  TreeNode* n = descend(t, key, nullptr);
  uint32_t i = rank(n, key, !or_equal);
  if (i < n->count) return {n, i};
  return n->next ? Cursor{n->next, 0} : Cursor{};
}
Cursor before(Table& t, Term key, bool or_equal) {
  TreeNode* n = descend(t, key, nullptr);
  uint32_t i = rank(n, key, or_equal);
  if (i > 0) return {n, i - 1};
  return n->previous ? Cursor{n->previous, n->previous->count - 1} : Cursor{};
}

Cursor first_beyond(Table& t, bool (*beyond)(Term, void*), void* arg) {
  auto count_below = [&](const TreeNode* n) {
    uint32_t low = 0, high = n->count;
    while (low < high) {
      uint32_t mid = (low + high) / 2;
      if (beyond(n->keys[mid], arg)) high = mid;
      else low = mid + 1;
    }
    return low;
  };
  TreeNode* n = t.tree->root;
  for (uint32_t h = t.tree->height; h > 0; h--) {
    uint32_t i = count_below(n);
    n = n->children[i > 0 ? i - 1 : 0];
  }
  uint32_t i = count_below(n);
  if (i < n->count) return {n, i};
  return n->next ? Cursor{n->next, 0} : Cursor{};
}

void put(Table& t, Object* object) {
  Term key = object->key(t.key_position);
  Path path;
  TreeNode* n = descend(t, key, &path);
  uint32_t i = rank(n, key, false);
  if (i < n->count && compare(n->keys[i], key) == 0) {
    Object* old = n->objects[i];
    count(t, 0, int64_t(object->words) - int64_t(old->words));
    n->keys[i] = key;
    n->objects[i] = object;
    if (i == 0) set_first(t, path, 0, key);
    Object::destroy(old);
    return;
  }
  count(t, 1, object->words);
  if (n->count < fan_out) {
    insert_at(n, n->objects, i, key, object);
    if (i == 0) set_first(t, path, 0, key);
    return;
  }
  TreeNode* right = split(n, true, i == n->count && !n->next);
  if (i > n->count) {
    insert_at(right, right->objects, i - n->count, key, object);
  } else {
    insert_at(n, n->objects, i, key, object);
    if (i == 0) set_first(t, path, 0, key);
  }
  insert_child(t, path, 0, right);
}

void replace(Table& t, Object* old, Object* fresh) {
  (void)old;
  put(t, fresh);
}

bool erase(Table& t, Term key) {
  Path path;
  TreeNode* n = descend(t, key, &path);
  uint32_t i = rank(n, key, false);
  if (i >= n->count || compare(n->keys[i], key) != 0) return false;
  Object* object = n->objects[i];
  count(t, -1, -int64_t(object->words));
  remove_at(n, n->objects, i);
  if (n->count) {
    if (i == 0) set_first(t, path, 0, n->keys[0]);
    Object::destroy(object);
    return true;
  }
  // The leaf is empty: take it, and parents that become empty, away.
  uint32_t h = 0;
  while (h < t.tree->height) {
    if (h == 0) {
      if (n->previous) n->previous->next = n->next;
      if (n->next) n->next->previous = n->previous;
    }
    free_node(n);
    h++;
    n = path.node[h];
    remove_at(n, n->children, path.index[h]);
    if (n->count) {
      if (path.index[h] == 0) set_first(t, path, h, n->keys[0]);
      break;
    }
  }
  if (h == t.tree->height && h > 0 && !n->count) {
    // Everything is gone: the root becomes an empty leaf again.
    n->previous = n->next = nullptr;
    t.tree->height = 0;
  }
  while (t.tree->height > 0 && t.tree->root->count == 1) {
    TreeNode* root = t.tree->root;
    t.tree->root = root->children[0];
    t.tree->height--;
    free_node(root);
  }
  Object::destroy(object);
  return true;
}

bool free_some(Table& t, size_t budget) {
  if (!t.tree) return true;
  // From the last leaf backwards: separators are not looked at any more.
  while (budget > 0) {
    Path path;
    TreeNode* n = t.tree->root;
    for (uint32_t h = t.tree->height; h > 0; h--) {
      path.node[h] = n;
      n = n->children[n->count - 1];
    }
    while (n->count && budget > 0) {
      Object::destroy(n->objects[--n->count]);
      budget--;
    }
    if (n->count) return false;
    uint32_t h = 0;
    for (; h < t.tree->height; h++) {
      free_node(n);
      n = path.node[h + 1];
      if (--n->count) break;
    }
    if (!n->count) {
      free_node(n);
      sys::destroy(t.tree, sys::Alloc::Ets);
      t.tree = nullptr;
      return true;
    }
  }
  return false;
}

void check(Table& t) {
  int64_t n = 0;
  Object* before = nullptr;
  for (Cursor c = first(t); c; c = next(c)) {
    Object* o = c.object();
    VERIFY(c.leaf->keys[c.index].same(o->key(t.key_position)));
    if (before) VERIFY(compare(before->key(t.key_position), o->key(t.key_position)) < 0);
    VERIFY(find(t, o->key(t.key_position)) == o);
    before = o;
    n++;
  }
  VERIFY(n == int64_t(t.size()));
}

}  // namespace tree
}  // namespace joist::ets
