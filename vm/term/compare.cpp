// Term order and equality.
//
// Both walk the terms with an explicit stack of pairs of arrays still to be compared, so that neither depth nor length costs C
// stack. Equality stops at the first difference and may therefore compare large maps by shape: a trie's shape follows from its
// keys alone. The order of large maps needs more: after the sizes, the least key that only one map has decides, and if there is
// none, the values of the least key whose values differ. Tries are in hash order, so all keys must be looked at; a MapFrame is
// the state of one such search, suspended while two keys or two values are compared.
#include "vm/term/compare.h"

#include <cstring>

#include "vm/base/work_stack.h"
#include "vm/term/arith.h"
#include "vm/term/atom.h"
#include "vm/term/bits.h"
#include "vm/term/fun_identity.h"
#include "vm/term/identity.h"
#include "vm/term/map.h"
#include "vm/term/quick_order.h"
#include "vm/term/rank.h"

namespace joist {

namespace {

int three_way(Word a, Word b) { return a < b ? -1 : a > b; }
int three_way_signed(SWord a, SWord b) { return a < b ? -1 : a > b; }

int compare_nodes(Term a, Term b) {
  NodeIdentity x = node_of(a), y = node_of(b);
  if (int c = compare_atoms(x.name, y.name)) return c;
  return three_way(x.creation, y.creation);
}

int compare_pids(Term a, Term b) {
  PidNumbers x = pid_numbers(a), y = pid_numbers(b);
  if (x.serial != y.serial) return three_way(x.serial, y.serial);
  if (x.number != y.number) return three_way(x.number, y.number);
  return compare_nodes(a, b);
}

int compare_ports(Term a, Term b) {
  if (int c = compare_nodes(a, b)) return c;
  return three_way(port_number(a), port_number(b));
}

int compare_ref_numbers(Term a, Term b) {
  RefNumbers x = ref_numbers(a), y = ref_numbers(b);
  for (size_t i = x.count > y.count ? x.count : y.count; i-- > 0;) {
    Word v = i < x.count ? x.words[i] : 0, w = i < y.count ? y.words[i] : 0;
    if (v != w) return three_way(v, w);
  }
  return 0;
}

int compare_refs(Term a, Term b) {
  if (int c = compare_nodes(a, b)) return c;
  return compare_ref_numbers(a, b);
}

int compare_floats(double a, double b) { return a < b ? -1 : a > b; }

// Exact order: integers before floats.
int compare_numbers_exact(Term a, Term b) {
  bool fa = is_float(a), fb = is_float(b);
  if (fa != fb) return fa ? 1 : -1;
  if (fa) return compare_floats(float_value(a), float_value(b));
  return arith::compare_numbers(a, b);
}

int compare_export_funs(Term a, Term b) {
  auto& x = export_identity(*a.as<ExportFun>());
  auto& y = export_identity(*b.as<ExportFun>());
  if (int c = compare_atoms(x.module, y.module)) return c;
  if (int c = compare_atoms(x.function, y.function)) return c;
  return three_way(x.arity, y.arity);
}

// Order of two local funs but for their environments.
int compare_fun_heads(const Fun& a, const Fun& b) {
  auto& x = fun_identity(a);
  auto& y = fun_identity(b);
  if (int c = compare_atoms(x.module, y.module)) return c;
  if (x.index != y.index) return three_way_signed(int32_t(x.index), int32_t(y.index));
  if (x.old_uniq != y.old_uniq) return three_way_signed(int32_t(x.old_uniq), int32_t(y.old_uniq));
  return three_way(a.env_size(), b.env_size());
}

// ---- equality

enum class Mode : uint8_t {
  Exact,         // =:=
  Loose,         // ==
  LooseMapNode,  // children of large maps whose values compare with ==: a cons is an association
};

// Arrays whose elements must be equal pairwise.
struct EqualArrays {
  const Term* a;
  const Term* b;
  size_t count : 56;
  Mode mode : 8;
};

bool equal_bits(Term a, Term b) {
  BitSpan x = bits::span(a), y = bits::span(b);
  if (x.size != y.size) return false;
  if (((x.offset | y.offset | x.size) & 7) == 0) return std::memcmp(x.bytes(), y.bytes(), x.size / 8) == 0;
  return bits::equal(x, y);
}

// Compares two different words; elements of compound terms go on the stack.
bool equal_step(Term a, Term b, Mode mode, WorkStack<EqualArrays>& stack) {
  if (a.is_cons()) {
    if (!b.is_cons()) return false;
    Cons *x = a.as_cons(), *y = b.as_cons();
    if (mode == Mode::LooseMapNode) {
      stack.push({&x->tail, &y->tail, 1, Mode::Loose});
      stack.push({&x->head, &y->head, 1, Mode::Exact});
      return true;
    }
    while (x->head.same(y->head)) {
      if (x->tail.same(y->tail)) return true;
      if (!x->tail.is_cons() || !y->tail.is_cons()) {
        stack.push({&x->tail, &y->tail, 1, mode});
        return true;
      }
      x = x->tail.as_cons();
      y = y->tail.as_cons();
    }
    if (Term::both_small(x->head, y->head)) return false;
    stack.push({&x->tail, &y->tail, 1, mode});
    stack.push({&x->head, &y->head, 1, mode});
    return true;
  }
  if (!a.is_boxed() || !b.is_boxed())
    return mode != Mode::Exact && is_number(a) && is_number(b) && arith::compare_numbers(a, b) == 0;

  Word header = a.header();
  switch (header_kind(header)) {
    case Kind::Tuple:
      if (b.header() != header) return false;
      stack.push({a.as<Tuple>()->elements, b.as<Tuple>()->elements, header_words(header), mode});
      return true;
    case Kind::FlatMap: {
      if (b.header() != header) return false;
      auto x = a.as<FlatMap>(), y = b.as<FlatMap>();
      stack.push({x->values, y->values, x->size(), mode});
      stack.push({&x->keys, &y->keys, 1, Mode::Exact});
      return true;
    }
    case Kind::MapRoot:
      if (b.header() != header || !a.as<MapRoot>()->count.same(b.as<MapRoot>()->count)) return false;
      stack.push({a.as<MapRoot>()->children, b.as<MapRoot>()->children, header_words(header) - 1,
                  mode == Mode::Exact ? Mode::Exact : Mode::LooseMapNode});
      return true;
    case Kind::MapNode:
      if (b.header() != header) return false;
      stack.push({a.as<MapNode>()->children, b.as<MapNode>()->children, header_words(header), mode});
      return true;
    case Kind::Bignum:
      if (b.header() == header)
        return std::memcmp(a.as<Bignum>()->limbs, b.as<Bignum>()->limbs, 8 * header_words(header)) == 0;
      return mode != Mode::Exact && b.is<FloatBox>() && arith::compare_numbers(a, b) == 0;
    case Kind::Float:
      if (b.is<FloatBox>()) return float_value(a) == float_value(b);
      return mode != Mode::Exact && b.is<Bignum>() && arith::compare_numbers(a, b) == 0;
    case Kind::Fun: {
      auto x = a.as<Fun>(), y = b.as<Fun>();
      if (!y || (x->entry != y->entry && compare_fun_heads(*x, *y) != 0) || x->env_size() != y->env_size()) return false;
      stack.push({x->env, y->env, x->env_size(), mode});
      return true;
    }
    case Kind::ExportFun: return b.is<ExportFun>() && a.as<ExportFun>()->target == b.as<ExportFun>()->target;
    case Kind::Ref: case Kind::MagicRef: return is_local_ref(b) && compare_ref_numbers(a, b) == 0;
    case Kind::ExternalRef:
      return b.is<ExternalRef>() && a.as<ExternalRef>()->node == b.as<ExternalRef>()->node && compare_ref_numbers(a, b) == 0;
    case Kind::ExternalPid:
      return b.is<ExternalPid>() && a.as<ExternalPid>()->node == b.as<ExternalPid>()->node &&
             a.as<ExternalPid>()->data[0] == b.as<ExternalPid>()->data[0];
    case Kind::ExternalPort:
      return b.is<ExternalPort>() && a.as<ExternalPort>()->node == b.as<ExternalPort>()->node &&
             a.as<ExternalPort>()->data[0] == b.as<ExternalPort>()->data[0];
    case Kind::HeapBits: case Kind::RefcBits: case Kind::SubBits: return is_bits(b) && equal_bits(a, b);
    default: return false;
  }
}

// What most keys need: tuples and lists (strings) that differ in an immediate element, or in none.
enum class Verdict : uint8_t { Equal, Different, Open };

Verdict settle(Term a, Term b) {
  if (a.same(b)) return Verdict::Equal;
  return a.is_pointer() && a.tag() == b.tag() ? Verdict::Open : Verdict::Different;
}

// Exact equality of two terms with one tag, as far as it takes no stack: of what is open in a list or tuple, one element at most is
// looked into.
Verdict equal_at_once(Term a, Term b) {
  for (;;) {
    if (a.is_cons()) {
      Cons *x = a.as_cons(), *y = b.as_cons();
      Verdict head = settle(x->head, y->head), tail = settle(x->tail, y->tail);
      if (head == Verdict::Different || tail == Verdict::Different) return Verdict::Different;
      if (head == Verdict::Open && tail == Verdict::Open) return Verdict::Open;
      if (head == tail) return Verdict::Equal;
      a = head == Verdict::Open ? x->head : x->tail;
      b = head == Verdict::Open ? y->head : y->tail;
      continue;
    }
    Word header = a.header();
    if (header_kind(header) != Kind::Tuple) return Verdict::Open;
    if (b.header() != header) return Verdict::Different;
    const Tuple *x = a.as<Tuple>().get(), *y = b.as<Tuple>().get();
    size_t arity = header_words(header), open = 0, open_at = 0;
    for (size_t i = 0; i < arity; i++) {
      Verdict v = settle(x->at(i), y->at(i));
      if (v == Verdict::Different) return v;
      if (v == Verdict::Open) open++, open_at = i;
    }
    if (open != 1) return open ? Verdict::Open : Verdict::Equal;
    a = x->at(open_at);
    b = y->at(open_at);
  }
}

bool equal_walk(Term a, Term b, Mode whole) {
  WorkStack<EqualArrays> stack;
  stack.push({&a, &b, 1, whole});
  while (!stack.empty()) {
    EqualArrays& top = stack.top();
    Mode mode = top.mode;
    Term x, y;
    while (top.count > 0) {
      x = *top.a++, y = *top.b++;
      top.count--;
      if (!x.same(y)) break;
    }
    if (top.count == 0) stack.pop();
    if (x.same(y)) continue;
    if (mode == Mode::Exact && x.tag() != y.tag()) return false;
    if (!equal_step(x, y, mode, stack)) return false;
  }
  return true;
}

}  // namespace

bool detail::equal_pointers(Term a, Term b) {
  Verdict verdict = equal_at_once(a, b);
  return verdict == Verdict::Open ? equal_walk(a, b, Mode::Exact) : verdict == Verdict::Equal;
}

bool terms_equal_loose(Term a, Term b) {
  if (a.same(b)) return true;
  if (Term::both_small(a, b)) return false;
  return equal_walk(a, b, Mode::Loose);
}

// ---- order

namespace {

struct OrderArrays {
  const Term* a;
  const Term* b;
  size_t count : 63;
  size_t exact : 1;
};

// The search for what orders two large maps of one size; see the top of the file.
struct MapFrame {
  enum State : uint8_t { ScanA, ScanB, Values, ValueCompared, MinCompared };
  Term a, b;
  map::Iterator it;
  Term key, value_a, value_b;
  Term min_key;       // the non-value while there is none
  int result = 0;     // order by min_key
  int value_result = 0;
  bool exact;         // for values
  State state = ScanA;
  State scan = ScanA; // what MinCompared goes back to
  size_t floor;       // stack size below this comparison
};

class Order {
 public:
  explicit Order(bool exact) : exact_(exact) {}
  int compare(Term a, Term b) {
    push(&a, &b, 1, exact_);
    int c = run(0);
    while (!frames_.empty()) c = advance(c);
    return c;
  }

 private:
  void push(const Term* a, const Term* b, size_t count, bool exact) {
    if (count) stack_.push({a, b, count, exact});
  }

  // Compares until the stack is down to `floor` or a difference is found. When large maps must be searched, a frame is pushed
  // and 0 returned: compare() goes on with the frame.
  int run(size_t floor) {
    size_t frames = frames_.size();
    while (stack_.size() > floor) {
      OrderArrays& top = stack_.top();
      bool exact = top.exact;
      Term a, b;
      do {
        a = *top.a++, b = *top.b++;
        top.count--;
      } while (a.same(b) && top.count > 0);
      if (top.count == 0) stack_.pop();
      if (a.same(b)) continue;
      if (int c = step(a, b, exact)) {
        stack_.truncate(floor);
        return c;
      }
      if (frames_.size() != frames) return 0;
    }
    return 0;
  }

  int step(Term a, Term b, bool exact) {
    if (Term::both_small(a, b)) return a.small_value() < b.small_value() ? -1 : 1;
    if (a.is_atom() && b.is_atom()) return compare_atoms(a, b);
    Rank ra = rank(a), rb = rank(b);
    if (ra != rb) return ra < rb ? -1 : 1;
    switch (ra) {
      case RankNumber: return exact ? compare_numbers_exact(a, b) : arith::compare_numbers(a, b);
      case RankAtom: return compare_atoms(a, b);
      case RankRef: return compare_refs(a, b);
      case RankFun: {
        auto x = a.as<Fun>(), y = b.as<Fun>();
        if (!x || !y) return x ? -1 : y ? 1 : compare_export_funs(a, b);
        if (int c = compare_fun_heads(*x, *y)) return c;
        push(x->env, y->env, x->env_size(), exact);
        return 0;
      }
      case RankPort: return compare_ports(a, b);
      case RankPid: return compare_pids(a, b);
      case RankTuple: {
        auto x = a.as<Tuple>(), y = b.as<Tuple>();
        if (x->arity() != y->arity()) return three_way(x->arity(), y->arity());
        push(x->elements, y->elements, x->arity(), exact);
        return 0;
      }
      case RankMap: return step_maps(a, b, exact);
      case RankNil: return 0;
      case RankList: {
        Cons *x = a.as_cons(), *y = b.as_cons();
        while (x->head.same(y->head)) {
          if (x->tail.same(y->tail)) return 0;
          if (!x->tail.is_cons() || !y->tail.is_cons()) {
            push(&x->tail, &y->tail, 1, exact);
            return 0;
          }
          x = x->tail.as_cons();
          y = y->tail.as_cons();
        }
        if (Term::both_small(x->head, y->head)) return x->head.small_value() < y->head.small_value() ? -1 : 1;
        push(&x->tail, &y->tail, 1, exact);
        push(&x->head, &y->head, 1, exact);
        return 0;
      }
      case RankBits: return bits::compare(bits::span(a), bits::span(b));
    }
    return 0;
  }

  int step_maps(Term a, Term b, bool exact) {
    size_t sa = map::size(a), sb = map::size(b);
    if (sa != sb) return three_way(sa, sb);
    auto x = a.as<FlatMap>(), y = b.as<FlatMap>();
    if (x && y) {
      push(x->values, y->values, sa, exact);
      push(&x->keys, &y->keys, 1, true);
      return 0;
    }
    frames_.push({a, b, map::Iterator(a), {}, {}, {}, {}, 0, 0, exact, MapFrame::ScanA, MapFrame::ScanA, stack_.size()});
    return 0;
  }

  // Goes on with the newest frame; `c` is the result of the comparison that it waited for. Frames move when one is pushed: `f`
  // is not to be used after start().
  int advance(int c) {
    MapFrame& f = frames_.top();
    switch (f.state) {
      case MapFrame::ScanA:
      case MapFrame::ScanB: {
        Term other = f.state == MapFrame::ScanA ? f.b : f.a;
        Term ignored;
        while (f.it.next(&f.key, &ignored)) {
          if (map::get(other, f.key).is_value()) continue;
          if (f.min_key.is_non_value()) {
            take_min(f);
            continue;
          }
          f.scan = f.state;
          f.state = MapFrame::MinCompared;
          return start(f.key, f.min_key, true);
        }
        if (f.state == MapFrame::ScanA) {
          bool same_keys = f.min_key.is_non_value();
          f.state = same_keys ? MapFrame::Values : MapFrame::ScanB;
          f.it = map::Iterator(same_keys ? f.a : f.b);
          return 0;
        }
        return finish(f.result);
      }
      case MapFrame::Values:
        while (f.it.next(&f.key, &f.value_a)) {
          f.value_b = map::get(f.b, f.key);
          if (f.value_a.same(f.value_b)) continue;
          f.state = MapFrame::ValueCompared;
          return start(f.value_a, f.value_b, f.exact);
        }
        return finish(f.result);
      case MapFrame::ValueCompared:
        f.state = MapFrame::Values;
        if (c == 0) return 0;
        f.value_result = c;
        if (f.min_key.is_non_value()) {
          take_min(f, c);
          return 0;
        }
        f.scan = MapFrame::Values;
        f.state = MapFrame::MinCompared;
        return start(f.key, f.min_key, true);
      case MapFrame::MinCompared:
        f.state = f.scan;
        if (c < 0) take_min(f, f.value_result);
        return 0;
    }
    return 0;
  }

  // While keys are searched, a key that only `a` has makes a the smaller map.
  void take_min(MapFrame& f, int value_result = 0) {
    f.min_key = f.key;
    f.result = f.state == MapFrame::ScanA ? -1 : f.state == MapFrame::ScanB ? 1 : value_result;
  }

  // The newest frame is done. What it was part of is compared on the stack from the floor of the frame below.
  int finish(int result) {
    frames_.pop();
    size_t outer = frames_.empty() ? 0 : frames_.top().floor;
    if (result == 0) return run(outer);
    stack_.truncate(outer);
    return result;
  }

  // Compares two terms on behalf of the newest frame, whose floor the stack is down to.
  int start(Term a, Term b, bool exact) {
    if (a.same(b)) return 0;
    size_t floor = stack_.size(), frames = frames_.size();
    int c = step(a, b, exact);
    if (c == 0 && frames_.size() == frames) return run(floor);
    return c;
  }

  bool exact_;
  WorkStack<OrderArrays> stack_;
  WorkStack<MapFrame, 1> frames_;
};

bool order_of_ranks(Term a, Term b, int* order) {
  Rank x = rank(a), y = rank(b);
  *order = three_way(x, y);
  return x != y;
}
// Order of two different terms that immediates of one type or the types alone decide.
[[gnu::always_inline]] inline bool order_of_words(Term a, Term b, int* order) {
  if (Term::both_small(a, b)) {
    *order = a.small_value() < b.small_value() ? -1 : 1;
    return true;
  }
  if (a.is_atom() && b.is_atom()) {
    *order = compare_atoms(a, b);
    return true;
  }
  return order_of_ranks(a, b, order);
}

// Order of two different terms as far as it takes no stack. Where lists or tuples differ first, order_of_words() must tell the elements
// apart, but for the last: nothing is to be compared after that, so it takes the place of the whole.
bool order_at_once(Term a, Term b, int* order) {
  for (;;) {
    bool last;
    if (a.is_boxed() && b.is_boxed()) {
      Word header = a.header();
      if (header_kind(header) != Kind::Tuple || !b.is<Tuple>()) return order_of_ranks(a, b, order);
      const Tuple *x = a.as<Tuple>().get(), *y = b.as<Tuple>().get();
      size_t n = header_words(header), i = 0;
      if (b.header() != header) {
        *order = three_way(n, y->arity());
        return true;
      }
      while (i + 1 < n && x->at(i).same(y->at(i))) i++;
      if (n == 0) {
        *order = 0;
        return true;
      }
      last = i + 1 == n;
      a = x->at(i);
      b = y->at(i);
    } else if (a.is_cons() && b.is_cons()) {
      Cons *x = a.as_cons(), *y = b.as_cons();
      while (x->head.same(y->head) && x->tail.is_cons() && y->tail.is_cons()) x = x->tail.as_cons(), y = y->tail.as_cons();
      last = x->head.same(y->head);
      a = last ? x->tail : x->head;
      b = last ? y->tail : y->head;
    } else {
      return order_of_words(a, b, order);
    }
    if (a.same(b)) {
      *order = 0;
      return true;
    }
    if (!last || Term::both_small(a, b)) return order_of_words(a, b, order);
  }
}

[[gnu::noinline]] int order_of_compound(Term a, Term b, bool exact) { return Order(exact).compare(a, b); }
inline int order_of(Term a, Term b, bool exact) {
  int order;
  if (quick_order(a, b, &order)) return order;
  return order_at_once(a, b, &order) ? order : order_of_compound(a, b, exact);
}

}  // namespace

int compare_terms(Term a, Term b) { return order_of(a, b, false); }
int compare_terms_exact(Term a, Term b) { return order_of(a, b, true); }

}  // namespace joist
