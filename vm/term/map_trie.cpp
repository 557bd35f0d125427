// Large maps: hash array mapped tries (Phil Bagwell, Ideal Hash Trees, 2001), persistent.
//
// A node has a bitmap of 16 slots and a child for each bit set; a child is an association, the cons [Key|Value], or a node. At
// level n a key's slot is the n-th group of 4 bits of its hash from the least significant end. Every association sits at the
// first level where it is alone in its slot, so the shape follows from the set of keys: building, inserting in any order,
// removing and merging all lead to it, and equality and iteration order rely on that.
#include <algorithm>
#include <memory>

#include "vm/term/map_nodes.h"

namespace joist::map::trie {

namespace {

struct Step {
  Term node;
  unsigned slot;
};

Term leaf(HeapWriter& w, Term key, Term value) { return w.cons(key, value); }

// The non-value when there is none. Above the last two levels of a trie nearly all nodes are full. There the child's place is known
// before the header is: with a branch, that is foreseen, both are fetched at the same time, which saves a quarter in a trie that is
// larger than the caches.
inline Term child_of(Term node, bool is_root, unsigned slot) {
  const Word* at = node.boxed_words();
  auto* children = reinterpret_cast<const Term*>(at) + (is_root ? 2 : 1);
  uint32_t bitmap = header_aux(*at);
  if (bitmap == 0xffff) {
    asm volatile("");  // else the compiler chooses between the two places without a branch
    return children[slot];
  }
  if (!(bitmap >> slot & 1)) return {};
  return children[std::popcount(bitmap & ((1u << slot) - 1))];
}

// A node's later children, while its header is on the way.
inline void fetch_rest(Term node) { __builtin_prefetch(node.boxed_words() + 8); }

// Copies a node's header, count and the children but for one change.
//   change at an existing slot: child replaces it, or, when child is the non-value, takes it out
//   at a free slot: child is added
Term copy_node(HeapWriter& w, Term node, unsigned slot, Term child, SWord count_change) {
  NodeView view(node);
  bool is_root = node.is<MapRoot>(), had = view.has(slot);
  uint32_t bitmap = child.is_value() ? view.bitmap | 1u << slot : view.bitmap & ~(1u << slot);
  unsigned position = view.position(slot);
  Word* p = w.take(1 + is_root + unsigned(std::popcount(bitmap)));
  Word* at = p;
  *at++ = is_root ? root_header(bitmap) : node_header(bitmap);
  if (is_root) *at++ = Term::small(node.as<MapRoot>()->count.small_value() + count_change).raw();
  for (unsigned i = 0; i < position; i++) *at++ = view.children[i].raw();
  if (child.is_value()) *at++ = child.raw();
  for (unsigned i = position + had; i < view.count(); i++) *at++ = view.children[i].raw();
  return Term::boxed(p);
}

// Words of a node (copied with one more child).
size_t copy_words(Term node) { return header_words(node.header()) + 2; }

// Levels of one-child nodes that two different keys need below `level` until their slots differ.
struct Fork {
  uint32_t hash_a, hash_b;  // at the level where the slots differ
  unsigned level;
  Fork(Term a, Term b, unsigned from) : hash_a(hash_at(a, from)), hash_b(hash_at(b, from)), level(from) {
    while ((hash_a & 15) == (hash_b & 15)) {
      level++;
      VERIFY(level < max_levels);
      hash_a = next_hash(hash_a, level, a);
      hash_b = next_hash(hash_b, level, b);
    }
  }
};

// The node at level `from` that tells two leaves apart. Takes 3 + 2 * (fork.level - from) words.
Term write_fork(HeapWriter& w, const Fork& fork, unsigned from, Term a, Term b) {
  unsigned slot_a = fork.hash_a & 15, slot_b = fork.hash_b & 15;
  Word* p = w.take(3);
  p[0] = node_header(1u << slot_a | 1u << slot_b);
  p[1] = (slot_a < slot_b ? a : b).raw();
  p[2] = (slot_a < slot_b ? b : a).raw();
  Term node = Term::boxed(p);
  for (unsigned level = fork.level; level-- > from;) {
    Word* q = w.take(2);
    q[0] = node_header(1u << (hash_at(leaf_key(a), level) & 15));
    q[1] = node.raw();
    node = Term::boxed(q);
  }
  return node;
}

}  // namespace

Term get(Term map, Term key, uint32_t hash) {
  Term node = map;
  for (unsigned level = 0;;) {
    Term child = child_of(node, level == 0, hash & 15);
    if (child.is_non_value()) return {};
    if (child.is_cons()) return terms_equal(leaf_key(child), key) ? leaf_value(child) : Term();
    node = child;
    fetch_rest(node);
    hash = next_hash(hash, ++level, key);
  }
}

Term put(Heap& heap, Term map, Term key, Term value) {
  Step path[max_levels];
  unsigned depth = 0;
  size_t words = 2;
  uint32_t hash = map_hash(key, 0);
  for (Term node = map;;) {
    unsigned slot = hash & 15;
    Term child = child_of(node, depth == 0, slot);
    path[depth++] = {node, slot};
    words += copy_words(node);
    if (child.is_non_value()) break;
    if (child.is_cons()) {
      if (terms_equal(leaf_key(child), key)) {
        if (leaf_value(child).same(value)) return map;
        HeapWriter w = heap.reserve(Words(words));
        Term below = leaf(w, leaf_key(child), value);
        while (depth-- > 0) below = copy_node(w, path[depth].node, path[depth].slot, below, 0);
        heap.commit(w);
        return below;
      }
      Fork fork(leaf_key(child), key, depth);
      words += 3 + 2 * (fork.level - depth);
      HeapWriter w = heap.reserve(Words(words));
      Term fresh = leaf(w, key, value);
      Term below = write_fork(w, fork, depth, child, fresh);
      while (depth-- > 0) below = copy_node(w, path[depth].node, path[depth].slot, below, 1);
      heap.commit(w);
      return below;
    }
    VERIFY(depth < max_levels);
    node = child;
    fetch_rest(node);
    hash = next_hash(hash, depth, key);
  }
  HeapWriter w = heap.reserve(Words(words));
  Term below = leaf(w, key, value);
  while (depth-- > 0) below = copy_node(w, path[depth].node, path[depth].slot, below, 1);
  heap.commit(w);
  return below;
}

Term remove(Heap& heap, Term map, Term key) {
  Step path[max_levels];
  unsigned depth = 0;
  size_t words = 0;
  uint32_t hash = map_hash(key, 0);
  for (Term node = map;;) {
    NodeView view(node);
    unsigned slot = hash & 15;
    if (!view.has(slot)) return {};
    path[depth++] = {node, slot};
    words += copy_words(node);
    Term child = view.children[view.position(slot)];
    if (child.is_cons()) {
      if (!terms_equal(leaf_key(child), key)) return {};
      break;
    }
    VERIFY(depth < max_levels);
    node = child;
    hash = next_hash(hash, depth, key);
  }
  HeapWriter w = heap.reserve(Words(words));
  Term below;  // what is left of the node just handled: nothing, a lone leaf that moves up, or a node
  while (depth-- > 0) {
    auto [node, slot] = path[depth];
    NodeView view(node);
    if (depth > 0) {
      bool lone = view.count() == 1;
      if (lone && (below.is_non_value() || below.is_cons())) continue;
      if (below.is_non_value() && view.count() == 2) {
        Term other = view.children[view.position(slot) == 0 ? 1 : 0];
        if (other.is_cons()) {
          below = other;
          continue;
        }
      }
    }
    below = copy_node(w, node, slot, below, -1);
  }
  heap.commit(w);
  return below;
}

// ---- building from any number of pairs

namespace {

struct Entry {
  uint32_t path;   // hash with the first level's group most significant
  uint32_t index;  // in the input
  Term key, value;
};

uint32_t path_of(Term key, uint32_t depth) {
  uint32_t h = map_hash(key, depth);
  h = (h & 0x0f0f0f0f) << 4 | (h >> 4 & 0x0f0f0f0f);
  return __builtin_bswap32(h);
}

unsigned slot_at(const Entry& e, unsigned level) {
  return (level < 8 ? e.path >> (28 - 4 * level) : hash_at(e.key, level)) & 15;
}

// Number of leading levels in which two different keys have the same slot.
unsigned common_levels(const Entry& a, const Entry& b) {
  uint32_t x = a.path, y = b.path;
  for (unsigned depth = 0;;) {
    if (x != y) return 8 * depth + unsigned(std::countl_zero(x ^ y)) / 4;
    depth++;
    VERIFY(depth < max_levels / 8);
    x = path_of(a.key, depth);
    y = path_of(b.key, depth);
  }
}

bool deeper_less(const Entry& a, const Entry& b) {
  for (uint32_t depth = 1; depth < max_levels / 8; depth++) {
    uint32_t x = path_of(a.key, depth), y = path_of(b.key, depth);
    if (x != y) return x < y;
  }
  return false;
}

// Keeps the last of each key; the entries stay sorted. Returns the number left.
size_t remove_duplicates(Entry* entries, size_t n) {
  size_t out = 0;
  for (size_t i = 0; i < n;) {
    size_t end = i + 1;
    while (end < n && entries[end].path == entries[i].path) end++;
    size_t first = out;
    for (; i < end; i++) {  // in input order
      size_t k = first;
      while (k < out && !terms_equal(entries[k].key, entries[i].key)) k++;
      entries[k] = entries[i];
      if (k == out) out++;
    }
    if (out - first > 1) std::sort(entries + first, entries + out, deeper_less);
  }
  return out;
}

class Builder {
 public:
  Builder(const Entry* entries, size_t n) : entries_(entries), n_(n), common_(new uint8_t[n]) {
    for (size_t i = 0; i + 1 < n; i++) common_[i] = uint8_t(common_levels(entries[i], entries[i + 1]));
  }
  Term run(Heap& heap) {
    // An inner node below the root starts wherever neighbours agree in more levels than the pair before them did.
    size_t inner = 0, before = 0;
    for (size_t i = 0; i + 1 < n_; i++) {
      if (common_[i] > before) inner += common_[i] - before;
      before = common_[i];
    }
    // Headers, the count, an edge to every inner node, and an edge and a cons for every leaf.
    HeapWriter w = heap.reserve(Words(2 + 2 * inner + 3 * n_));
    Term root = node(w, 0, n_, 0);
    heap.commit(w);
    return root;
  }

 private:
  // Entries [low, high) agree in all levels before `level`.
  Term node(HeapWriter& w, size_t low, size_t high, unsigned level) {
    Term children[16];
    unsigned count = 0;
    uint32_t bitmap = 0;
    for (size_t i = low; i < high;) {
      size_t end = i + 1;
      while (end < high && common_[end - 1] > level) end++;
      bitmap |= 1u << slot_at(entries_[i], level);
      children[count++] = end - i == 1 ? leaf(w, entries_[i].key, entries_[i].value) : node(w, i, end, level + 1);
      i = end;
    }
    bool is_root = level == 0;
    Word* p = w.take(1 + is_root + count);
    Word* at = p;
    *at++ = is_root ? root_header(bitmap) : node_header(bitmap);
    if (is_root) *at++ = Term::small(SWord(n_)).raw();
    for (unsigned i = 0; i < count; i++) *at++ = children[i].raw();
    return Term::boxed(p);
  }

  const Entry* entries_;
  size_t n_;
  std::unique_ptr<uint8_t[]> common_;  // with the next entry
};

}  // namespace

Term build(Heap& heap, const Term* pairs, size_t count) {
  std::unique_ptr<Entry[]> entries(new Entry[count]);
  for (size_t i = 0; i < count; i++)
    entries[i] = {path_of(pairs[2 * i], 0), uint32_t(i), pairs[2 * i], pairs[2 * i + 1]};
  std::sort(&entries[0], &entries[count],
            [](const Entry& a, const Entry& b) { return a.path != b.path ? a.path < b.path : a.index < b.index; });
  size_t n = remove_duplicates(&entries[0], count);
  if (n > FlatMap::max_size) return Builder(&entries[0], n).run(heap);
  FlatBuffer buffer;
  for (size_t i = 0; i < n; i++) buffer.put(entries[i].key, entries[i].value);
  return make_flat(heap, buffer.keys, buffer.values, buffer.size);
}

// ---- merging

namespace {

// Merges two tries, sharing every subtree that only one of them has or that comes out equal to b's. Runs twice: once to
// measure, once to write.
template <bool writing>
class Merger {
 public:
  explicit Merger(HeapWriter* w) : w_(w) {}
  size_t words = 0;
  size_t common = 0;  // keys in both

  // a and b are both nodes at `level`; the result is a's word, b's word, or a new node (when measuring: the non-value).
  Term nodes(Term a, Term b, unsigned level) {
    if (a.same(b)) {
      if (!writing) common += leaves(a);
      return b;
    }
    VERIFY(level < max_levels);
    NodeView x(a), y(b);
    Term children[16];
    unsigned count = 0;
    uint32_t bitmap = x.bitmap | y.bitmap;
    bool is_b = bitmap == y.bitmap;
    const Term *from_a = x.children, *from_b = y.children;
    for (unsigned slot = 0; slot < 16; slot++) {
      bool in_a = x.has(slot), in_b = y.has(slot);
      if (in_a && in_b) {
        Term of_a = *from_a++, of_b = *from_b++;
        Term merged = child(of_a, of_b, level + 1);
        if (!merged.same(of_b)) is_b = false;
        children[count++] = merged;
      } else if (in_a) {
        children[count++] = *from_a++;
      } else if (in_b) {
        children[count++] = *from_b++;
      }
    }
    if (is_b && level > 0) return b;
    bool is_root = level == 0;
    words += 1 + is_root + count;
    if (!writing) return {};
    Word* p = w_->take(1 + is_root + count);
    p[0] = is_root ? root_header(bitmap) : node_header(bitmap);
    if (is_root) p[1] = nil.raw();  // the caller writes the count
    for (unsigned i = 0; i < count; i++) p[1 + is_root + i] = children[i].raw();
    return Term::boxed(p);
  }

 private:
  Term child(Term a, Term b, unsigned level) {
    if (a.same(b)) {
      if (!writing) common += a.is_cons() ? 1 : leaves(a);
      return b;
    }
    if (!a.is_cons() && !b.is_cons()) return nodes(a, b, level);
    if (a.is_cons() && b.is_cons()) {
      if (terms_equal(leaf_key(a), leaf_key(b))) {
        common++;
        return b;
      }
      Fork fork(leaf_key(a), leaf_key(b), level);
      words += 3 + 2 * (fork.level - level);
      return writing ? write_fork(*w_, fork, level, a, b) : Term();
    }
    return a.is_cons() ? leaf_into(b, a, level, false) : leaf_into(a, b, level, true);
  }

  // Adds one leaf to a node, replacing an equal key's only when `wins`.
  Term leaf_into(Term node, Term one, unsigned level, bool wins) {
    Term key = leaf_key(one);
    NodeView view(node);
    unsigned slot = hash_at(key, level) & 15;
    Term below = one;
    if (view.has(slot)) {
      Term old = view.children[view.position(slot)];
      if (!old.is_cons()) {
        below = leaf_into(old, one, level + 1, wins);
      } else if (terms_equal(leaf_key(old), key)) {
        common++;
        if (!wins) below = old;
      } else {
        Fork fork(leaf_key(old), key, level + 1);
        words += 3 + 2 * (fork.level - level - 1);
        below = writing ? write_fork(*w_, fork, level + 1, old, one) : Term();
      }
      if (below.same(old)) return node;
    }
    words += 1 + view.count() + !view.has(slot);
    return writing ? copy_node(*w_, node, slot, below, 0) : Term();
  }

  size_t leaves(Term node) {
    size_t n = 0;
    NodeView view(node);
    for (unsigned i = 0; i < view.count(); i++) n += view.children[i].is_cons() ? 1 : leaves(view.children[i]);
    return n;
  }

  HeapWriter* w_;
};

}  // namespace

Term merge(Heap& heap, Term a, Term b) {
  Merger<false> measure(nullptr);
  measure.nodes(a, b, 0);
  size_t total = size(a) + size(b) - measure.common;
  HeapWriter w = heap.reserve(Words(measure.words));
  Merger<true> writer(&w);
  Term root = writer.nodes(a, b, 0);
  root.as<MapRoot>()->count = Term::small(SWord(total));
  heap.commit(w);
  return root;
}

}  // namespace joist::map::trie
