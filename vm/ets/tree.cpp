// The B+tree. Objects are in leaves, which are linked; inner nodes hold for each child the least key below it. Nodes keep the
// digests of their keys in one array, so a search touches an object only where digests are equal: as a rule the one it finds.
//
// The separator of a child *is* the key of the first object below it (a pointer into that object), so whatever changes the first
// object of a leaf must renew that separator: set_first(). A leaf that becomes empty is removed; nodes are not merged otherwise,
// which keeps deletion cheap and loses little: keys that come and go refill their leaf.
//
// Leaves are kept full, since a place in one is a third of what a small object costs: keys that come in order split at the end, and a
// full leaf first passes objects to a neighbour that has room.
#include "vm/ets/tree.h"

#include "vm/sys/memory.h"
#include "vm/term/compare.h"

namespace joist::ets {

constexpr uint32_t fan_out = 62;     // so a leaf is just under 1024 bytes, and an inner node under 1536: blocks are of these sizes
constexpr uint32_t passing_room = 8; // so many free places a neighbour must have
constexpr uint32_t forced_leaf = 4;  // so many objects has a full leaf where splitting is forced

struct TreeNode {
  uint32_t count = 0;
  TreeNode* previous = nullptr;  // leaves
  TreeNode* next = nullptr;
  uint64_t digests[fan_out];     // of the keys
  union {
    Object* objects[fan_out];
    TreeNode* children[fan_out];
  };
  TreeNode() {}
};
struct InnerNode : TreeNode {
  Term keys[fan_out];            // least key below each child
};
static_assert(sizeof(TreeNode) <= 1024 && sizeof(InnerNode) <= 1536);

namespace tree {
namespace {

constexpr uint32_t max_height = 24;

struct Path {
  TreeNode* node[max_height + 1];
  uint32_t index[max_height + 1];
};

TreeNode* new_leaf() { return sys::create<TreeNode>(sys::Alloc::Ets); }
InnerNode* new_inner() { return sys::create<InnerNode>(sys::Alloc::Ets); }
void free_leaf(TreeNode* n) { sys::destroy(n, sys::Alloc::Ets); }
void free_inner(TreeNode* n) { sys::destroy(static_cast<InnerNode*>(n), sys::Alloc::Ets); }
Term* inner_keys(TreeNode* n) { return static_cast<InnerNode*>(n)->keys; }

struct Key {
  Term term;
  uint64_t digest;
  explicit Key(Term t) : term(t), digest(order_digest(t)) {}
  Key(Term t, uint64_t d) : term(t), digest(d) {}
};

int compare(Term a, Term b) {
  if (Term::both_small(a, b)) return a.small_value() < b.small_value() ? -1 : a.small_value() > b.small_value();
  return compare_terms(a, b);
}
// Number of digests < digest, without a branch that depends on them.
uint32_t below(const uint64_t* digests, uint32_t count, uint64_t digest) {
  const uint64_t* at = digests;
  for (; count > 1; count -= count / 2) at += at[count / 2 - 1] < digest ? count / 2 : 0;
  return uint32_t(at - digests) + (count == 1 && *at < digest);
}
// Number of keys < key (or <= when or_equal) among those with the given digests; key_at(i) is the i-th.
template <class KeyAt>
uint32_t rank(const TreeNode* n, Key key, bool or_equal, KeyAt key_at) {
  uint32_t low = below(n->digests, n->count, key.digest);
  if (low == n->count || n->digests[low] != key.digest) return low;
  uint32_t high = key.digest == UINT64_MAX ? n->count : below(n->digests, n->count, key.digest + 1);
  while (low < high) {
    uint32_t mid = (low + high) / 2;
    int c = compare(key_at(mid), key.term);
    if (c < 0 || (or_equal && c == 0)) low = mid + 1;
    else high = mid;
  }
  return low;
}
Term leaf_key(const Table& t, const TreeNode* n, uint32_t i) { return n->objects[i]->key(t.key_position); }
uint32_t rank_in_leaf(const Table& t, const TreeNode* n, Key key, bool or_equal) {
  return rank(n, key, or_equal, [&](uint32_t i) { return leaf_key(t, n, i); });
}
bool is_at(const Table& t, const TreeNode* n, uint32_t i, Key key) {
  return i < n->count && n->digests[i] == key.digest && compare(leaf_key(t, n, i), key.term) == 0;
}
// Descends to the leaf where key belongs; path may be null.
TreeNode* descend(Table& t, Key key, Path* path) {
  TreeNode* n = t.tree->root;
  for (uint32_t h = t.tree->height; h > 0; h--) {
    const Term* keys = inner_keys(n);
    uint32_t i = rank(n, key, true, [&](uint32_t at) { return keys[at]; });
    if (i > 0) i--;
    if (path) {
      path->node[h] = n;
      path->index[h] = i;
    }
    n = n->children[i];
    // The search jumps about in the digests: fetch all of them at once.
    for (uint32_t d = 0; d < fan_out; d += 8) __builtin_prefetch(&n->digests[d]);
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
void set_first(Table& t, Path& path, uint32_t h, Key key) {
  for (h++; h <= t.tree->height; h++) {
    path.node[h]->digests[path.index[h]] = key.digest;
    inner_keys(path.node[h])[path.index[h]] = key.term;
    if (path.index[h] > 0) return;
  }
}
template <class T>
void open_gap(T* items, uint32_t count, uint32_t i) {
  for (uint32_t j = count; j > i; j--) items[j] = items[j - 1];
}
template <class T>
void close_gap(T* items, uint32_t count, uint32_t i) {
  for (uint32_t j = i + 1; j < count; j++) items[j - 1] = items[j];
}
void insert_object(TreeNode* n, uint32_t i, uint64_t digest, Object* object) {
  open_gap(n->digests, n->count, i);
  open_gap(n->objects, n->count, i);
  n->digests[i] = digest;
  n->objects[i] = object;
  n->count++;
}
void insert_subtree(TreeNode* n, uint32_t i, Key key, TreeNode* child) {
  open_gap(n->digests, n->count, i);
  open_gap(n->children, n->count, i);
  open_gap(inner_keys(n), n->count, i);
  n->digests[i] = key.digest;
  n->children[i] = child;
  inner_keys(n)[i] = key.term;
  n->count++;
}
void remove_object(TreeNode* n, uint32_t i) {
  close_gap(n->digests, n->count, i);
  close_gap(n->objects, n->count, i);
  n->count--;
}
void remove_subtree(TreeNode* n, uint32_t i) {
  close_gap(n->digests, n->count, i);
  close_gap(n->children, n->count, i);
  close_gap(inner_keys(n), n->count, i);
  n->count--;
}
// The least key below a node.
Key least_key(const Table& t, TreeNode* n, bool leaf) { return {leaf ? leaf_key(t, n, 0) : inner_keys(n)[0], n->digests[0]}; }
// Where a full node is split: objects that come in key order split at the end at which they come, so that nodes stay full.
enum class Split : uint8_t { Begin, Middle, End };
// Moves the upper part of a full node to `right`.
void move_upper(TreeNode* n, TreeNode* right, Split where) {
  uint32_t from = where == Split::Begin ? 2 : where == Split::End ? n->count - 2 : n->count / 2;
  right->count = n->count - from;
  for (uint32_t i = 0; i < right->count; i++) {
    right->digests[i] = n->digests[from + i];
    right->children[i] = n->children[from + i];
  }
  n->count = from;
}
TreeNode* split_leaf(TreeNode* n, Split where) {
  TreeNode* right = new_leaf();
  move_upper(n, right, where);
  right->next = n->next;
  right->previous = n;
  if (right->next) right->next->previous = right;
  n->next = right;
  return right;
}
TreeNode* split_inner(TreeNode* n, Split where) {
  InnerNode* right = new_inner();
  move_upper(n, right, where);
  for (uint32_t i = 0; i < right->count; i++) right->keys[i] = inner_keys(n)[n->count + i];
  return right;
}
// Moves `n` objects between the ends of leaves that lie side by side.
void pass_left(TreeNode* left, TreeNode* right, uint32_t n) {
  for (uint32_t i = 0; i < n; i++) {
    left->digests[left->count + i] = right->digests[i];
    left->objects[left->count + i] = right->objects[i];
  }
  left->count += n;
  right->count -= n;
  for (uint32_t i = 0; i < right->count; i++) {
    right->digests[i] = right->digests[i + n];
    right->objects[i] = right->objects[i + n];
  }
}
void pass_right(TreeNode* left, TreeNode* right, uint32_t n) {
  for (uint32_t i = right->count; i-- > 0;) {
    right->digests[i + n] = right->digests[i];
    right->objects[i + n] = right->objects[i];
  }
  left->count -= n;
  right->count += n;
  for (uint32_t i = 0; i < n; i++) {
    right->digests[i] = left->digests[left->count + i];
    right->objects[i] = left->objects[left->count + i];
  }
}
// Passes objects of path's leaf, which is full, to a neighbour of the same parent. False when none has room.
bool relieve(Table& t, Path& path) {
  if (t.tree->height == 0) return false;
  TreeNode *n = path.node[0], *parent = path.node[1];
  uint32_t i = path.index[1];
  auto room = [](TreeNode* leaf) { return fan_out - leaf->count; };
  if (i > 0 && room(n->previous) >= passing_room) {
    pass_left(n->previous, n, room(n->previous) / 2);
  } else if (i + 1 < parent->count && room(n->next) >= passing_room) {
    pass_right(n, n->next, room(n->next) / 2);
    path.index[1] = ++i;
    n = n->next;
  } else {
    return false;
  }
  set_first(t, path, 0, least_key(t, n, true));
  return true;
}
// Inserts a new right sibling of path's leaf into its parent, splitting upwards.
void insert_leaf(Table& t, Path& path, TreeNode* right, bool at_begin) {
  for (uint32_t h = 0;; h++) {
    Key key = least_key(t, right, h == 0);
    if (h == t.tree->height) {
      TreeNode* root = new_inner();
      insert_subtree(root, 0, least_key(t, t.tree->root, h == 0), t.tree->root);
      insert_subtree(root, 1, key, right);
      t.tree->root = root;
      t.tree->height++;
      VERIFY(t.tree->height <= max_height);
      return;
    }
    TreeNode* parent = path.node[h + 1];
    uint32_t i = path.index[h + 1] + 1;
    if (parent->count < fan_out) return insert_subtree(parent, i, key, right);
    TreeNode* upper = split_inner(parent, i == parent->count ? Split::End : at_begin ? Split::Begin : Split::Middle);
    if (i > parent->count) insert_subtree(upper, i - parent->count, key, right);
    else insert_subtree(parent, i, key, right);
    right = upper;
  }
}

}  // namespace

Object* Cursor::object() const { return leaf->objects[index]; }

Tree* create() {
  auto* t = sys::create<Tree>(sys::Alloc::Ets);
  t->root = new_leaf();
  return t;
}
Object* find(Table& t, Term term) {
  Key key(term);
  TreeNode* n = descend(t, key, nullptr);
  uint32_t i = rank_in_leaf(t, n, key, false);
  return is_at(t, n, i, key) ? n->objects[i] : nullptr;
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
void prefetch(Cursor c, int32_t distance) {
  uint32_t i = c.index + uint32_t(distance);  // wraps below the first
  if (c.leaf && i < c.leaf->count) __builtin_prefetch(c.leaf->objects[i]);
}
Cursor next(Cursor c) {
  if (c.index + 1 < c.leaf->count) return {c.leaf, c.index + 1};
  return c.leaf->next ? Cursor{c.leaf->next, 0} : Cursor{};
}
Cursor previous(Cursor c) {
  if (c.index > 0) return {c.leaf, c.index - 1};
  return c.leaf->previous ? Cursor{c.leaf->previous, c.leaf->previous->count - 1} : Cursor{};
}
Cursor after(Table& t, Term term, bool or_equal) {
  Key key(term);
  TreeNode* n = descend(t, key, nullptr);
  uint32_t i = rank_in_leaf(t, n, key, !or_equal);
  if (i < n->count) return {n, i};
  return n->next ? Cursor{n->next, 0} : Cursor{};
}
Cursor before(Table& t, Term term, bool or_equal) {
  Key key(term);
  TreeNode* n = descend(t, key, nullptr);
  uint32_t i = rank_in_leaf(t, n, key, or_equal);
  if (i > 0) return {n, i - 1};
  return n->previous ? Cursor{n->previous, n->previous->count - 1} : Cursor{};
}

Cursor first_beyond(Table& t, bool (*beyond)(Term, void*), void* arg) {
  auto count_below = [&](TreeNode* n, bool leaf) {
    uint32_t low = 0, high = n->count;
    while (low < high) {
      uint32_t mid = (low + high) / 2;
      if (beyond(leaf ? leaf_key(t, n, mid) : inner_keys(n)[mid], arg)) high = mid;
      else low = mid + 1;
    }
    return low;
  };
  TreeNode* n = t.tree->root;
  for (uint32_t h = t.tree->height; h > 0; h--) {
    uint32_t i = count_below(n, false);
    n = n->children[i > 0 ? i - 1 : 0];
  }
  uint32_t i = count_below(n, true);
  if (i < n->count) return {n, i};
  return n->next ? Cursor{n->next, 0} : Cursor{};
}

void put(Table& t, Object* object) {
  Key key(object->key(t.key_position));
  Path path;
  TreeNode* n;
  uint32_t i;
  bool full, at_begin, at_end;
  do {
    n = descend(t, key, &path);
    i = rank_in_leaf(t, n, key, false);
    full = n->count == fan_out;
    at_begin = i == 0 && !n->previous;
    at_end = i == n->count && !n->next;
  } while (full && !at_begin && !at_end && !is_at(t, n, i, key) && relieve(t, path));
  if (is_at(t, n, i, key)) {
    Object* old = n->objects[i];
    count(t, 0, int64_t(object->words) - int64_t(old->words));
    n->objects[i] = object;
    if (i == 0) set_first(t, path, 0, key);
    Object::destroy(old);
    return;
  }
  count(t, 1, object->words);
  TreeNode* right = nullptr;
  if (full || (t.tree->force_split && n->count >= forced_leaf))
    right = split_leaf(n, at_end ? Split::End : at_begin ? Split::Begin : Split::Middle);
  if (i > n->count) {
    insert_object(right, i - n->count, key.digest, object);
  } else {
    insert_object(n, i, key.digest, object);
    if (i == 0) set_first(t, path, 0, key);
  }
  if (right) insert_leaf(t, path, right, at_begin);
}

void replace(Table& t, Object* old, Object* fresh) {
  (void)old;
  put(t, fresh);
}

bool erase(Table& t, Term term) {
  Key key(term);
  Path path;
  TreeNode* n = descend(t, key, &path);
  uint32_t i = rank_in_leaf(t, n, key, false);
  if (!is_at(t, n, i, key)) return false;
  Object* object = n->objects[i];
  count(t, -1, -int64_t(object->words));
  remove_object(n, i);
  if (n->count) {
    if (i == 0) set_first(t, path, 0, least_key(t, n, true));
    Object::destroy(object);
    return true;
  }
  // The leaf is empty: take it, and parents that become empty, away.
  uint32_t h = 0;
  if (t.tree->height > 0) {
    if (n->previous) n->previous->next = n->next;
    if (n->next) n->next->previous = n->previous;
  }
  while (h < t.tree->height && !n->count) {
    if (h == 0) free_leaf(n);
    else free_inner(n);
    h++;
    n = path.node[h];
    remove_subtree(n, path.index[h]);
    if (n->count && path.index[h] == 0) set_first(t, path, h, least_key(t, n, false));
  }
  if (h > 0 && !n->count) {
    // Everything is gone: the root is an empty leaf again.
    free_inner(n);
    t.tree->root = new_leaf();
    t.tree->height = 0;
  }
  while (t.tree->height > 0 && t.tree->root->count == 1) {
    TreeNode* root = t.tree->root;
    t.tree->root = root->children[0];
    t.tree->height--;
    free_inner(root);
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
      if (h == 0) free_leaf(n);
      else free_inner(n);
      n = path.node[h + 1];
      if (--n->count) break;
    }
    if (!n->count) {
      if (h == 0) free_leaf(n);
      else free_inner(n);
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
    VERIFY(c.leaf->digests[c.index] == order_digest(o->key(t.key_position)));
    if (before) VERIFY(compare(before->key(t.key_position), o->key(t.key_position)) < 0);
    VERIFY(find(t, o->key(t.key_position)) == o);
    before = o;
    n++;
  }
  VERIFY(n == int64_t(t.size()));
}

}  // namespace tree
}  // namespace joist::ets
