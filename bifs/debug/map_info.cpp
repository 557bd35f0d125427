// erts_debug:map_info/1: the shape of a large map's trie.
#include "bifs/bif.h"
#include "vm/base/work_stack.h"
#include "vm/term/map_nodes.h"

namespace joist {
namespace {

constexpr size_t rows = 16;

struct Shape {
  size_t leaves = 0, bitmaps = 0, arrays = 0, depth = 0;
  size_t leaf_levels[rows] = {};   // leaves by level
  size_t bitmap_sizes[rows] = {};  // bitmap nodes by number of children, from 1 on
};

// Roots of 16 children are arrays, every other node is a bitmap; a leaf is a pair.
Shape shape_of(Term root) {
  struct Item {
    Term node;
    size_t level;
  };
  Shape shape;
  WorkStack<Item> todo;
  todo.push({root, 0});
  while (!todo.empty()) {
    Item item = todo.pop();
    if (item.level > shape.depth) shape.depth = item.level;
    if (item.node.is_cons()) {
      shape.leaves++;
      shape.leaf_levels[item.level < rows ? item.level : rows - 1]++;
      continue;
    }
    map::NodeView node(item.node);
    size_t count = node.count();
    if (count == rows && item.level == 0) {
      shape.arrays++;
    } else {
      shape.bitmaps++;
      shape.bitmap_sizes[count - 1]++;
    }
    for (size_t i = 0; i < count; i++) todo.push({node.children[i], item.level + 1});
  }
  return shape;
}

Term row(HeapWriter& w, const size_t (&numbers)[rows]) {
  Tuple* t = w.tuple_of(rows);
  for (size_t i = 0; i < rows; i++) t->elements[i] = Term::small(SWord(numbers[i]));
  return t->term();
}

}  // namespace

// [{depth, D}, {arrays, N, []}, {bitmaps, N, ByChildren}, {leafs, N, ByLevel}]
BIF(erts_debug, map_info, 1) {
  Term t = c.arg(0);
  if (!is_map(t)) return c.error(c.heap().reserve(Words(3)).tuple(atom::badmap, t));
  if (!t.is<MapRoot>()) return badarg();
  static const Term depth = make_atom("depth"), arrays = make_atom("arrays"), bitmaps = make_atom("bitmaps"), leafs = make_atom("leafs");
  Shape s = shape_of(t);
  c.charge((s.leaves + s.bitmaps) / 8);
  HeapWriter w = c.heap().reserve(Words(2 * (rows + 1) + 3 + 3 * 4 + 4 * 2));
  Term list = nil;
  Term levels = row(w, s.leaf_levels), sizes = row(w, s.bitmap_sizes);
  list = w.cons(w.tuple(leafs, Term::small(SWord(s.leaves)), levels), list);
  list = w.cons(w.tuple(bitmaps, Term::small(SWord(s.bitmaps)), sizes), list);
  list = w.cons(w.tuple(arrays, Term::small(SWord(s.arrays)), nil), list);
  return w.cons(w.tuple(depth, Term::small(SWord(s.depth))), list);
}

}  // namespace joist
