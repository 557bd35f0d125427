// erl_drv_output_term and erl_drv_send_term: a driver says what a message is as a list of codes with arguments, which is run twice by a
// machine with a stack: to check it and count its words, then to build it.
#include <cmath>
#include <vector>

#include "vm/port/loaded_port.h"
#include "vm/port/port_table.h"
#include "vm/process/process_table.h"
#include "vm/port/port_trace.h"
#include "vm/port/port_turn.h"
#include "vm/process/send.h"
#include "vm/sched/quiescence.h"
#include "vm/term/arith.h"
#include "vm/term/bits.h"
#include "vm/term/etf/etf.h"
#include "vm/term/map.h"

namespace joist {
namespace {

using namespace driver_abi;

constexpr size_t bignum_words = 2;

Binary* binary_at(Word raw) { return reinterpret_cast<Binary*>(raw); }
const uint8_t* bytes_at(Word raw) { return reinterpret_cast<const uint8_t*>(raw); }

// Arguments behind each code.
size_t argument_count(Word code) {
  switch (code) {
    case code_nil: return 0;
    case code_binary: return 3;
    case code_string: case code_string_cons: case code_external: case code_bytes: return 2;
    default: return 1;
  }
}

// A message on its way: a fragment used as a heap. What does not fit, of maps and decoded terms, makes fragments of its own.
class MessageHeap {
 public:
  explicit MessageHeap(size_t words) : fragment_(HeapFragment::create(Words(words + Heap::stack_reserve))) {
    heap.start = heap.top = heap.high_water = fragment_->data;
    heap.stack = heap.end = fragment_->data + fragment_->capacity;
  }
  ~MessageHeap() {
    settle();
    if (fragment_) HeapFragment::destroy(fragment_);
    HeapFragment::destroy_chain(heap.fragments);
  }
  // A fragment of one piece with the message, which the receiver takes over.
  FragmentTerm take(Term message) {
    settle();
    if (heap.fragments) return copy_to_fragment(message);
    return {message, std::exchange(fragment_, nullptr)};
  }
  Heap heap;

 private:
  void settle() {
    if (!fragment_) return;
    fragment_->used = uint32_t(heap.top - fragment_->data);
    fragment_->off_heap = std::exchange(heap.off_heap, nullptr);
  }
  HeapFragment* fragment_;
};

class MessageSpec {
 public:
  MessageSpec(const Word* codes, size_t count) : at_(codes), end_(codes + count), start_(codes) {}

  // False: it makes no term, or not just one. *words: that it takes at most, but for large maps and decoded terms.
  bool check(size_t* words) {
    size_t depth = 0;
    for (at_ = start_; at_ != end_;) {
      Word code = *at_++;
      if (code < code_nil || code > code_map || size_t(end_ - at_) < argument_count(code) || !check_one(code, at_, &depth, words)) return false;
      at_ += argument_count(code);
    }
    return depth == 1;
  }

  // The non-value: a map has a key twice, or bytes are no term.
  Term build(Heap& heap) {
    for (at_ = start_; at_ != end_;) {
      Word code = *at_++;
      Term t = build_one(code, at_, heap);
      if (t.is_non_value()) return t;
      stack_.push_back(t);
      at_ += argument_count(code);
    }
    return stack_[0];
  }

 private:
  static bool check_one(Word code, const Word* a, size_t* depth, size_t* words);
  Term build_one(Word code, const Word* a, Heap& heap);
  Term* pop(size_t count) {
    popped_.assign(stack_.end() - ptrdiff_t(count), stack_.end());
    stack_.resize(stack_.size() - count);
    return popped_.data();
  }
  Term list(Heap& heap, Term* items, size_t count) {
    HeapWriter w = heap.reserve(Words(2 * (count - 1)));
    Term tail = items[count - 1];
    for (size_t i = count - 1; i-- > 0;) tail = w.cons(items[i], tail);
    return tail;
  }
  Term string(Heap& heap, const uint8_t* text, size_t size, Term tail) {
    HeapWriter w = heap.reserve(Words(2 * size));
    for (size_t i = size; i-- > 0;) tail = w.cons(Term::small(text[i]), tail);
    return tail;
  }
  static Term map(Heap& heap, const Term* pairs, size_t count) {
    Term made = map::from_pairs(heap, pairs, count);
    return map::size(made) == count ? made : Term();
  }

  const Word* at_;
  const Word* end_;
  const Word* start_;
  std::vector<Term> stack_, popped_;
};

bool MessageSpec::check_one(Word code, const Word* a, size_t* depth, size_t* words) {
  size_t pops = 0;
  switch (code) {
    case code_nil: break;
    case code_atom:
      if (!Term::from_raw(a[0]).is_atom()) return false;
      break;
    case code_port:
      if (!Term::from_raw(a[0]).is_local_port()) return false;
      break;
    case code_pid:
      if (!Term::from_raw(a[0]).is_local_pid()) return false;
      break;
    case code_integer: case code_unsigned: *words += bignum_words; break;
    case code_int64: case code_uint64:
      if (!a[0]) return false;
      *words += bignum_words;
      break;
    case code_binary: {
      size_t size = a[1], offset = a[2];
      if (!a[0] ? size || offset : size + offset < size || size + offset > size_t(binary_at(a[0])->size)) return false;
      *words += RefcBits::words + bits::allocate_words(8 * HeapBits::max_bytes);
      break;
    }
    case code_bytes:
      if (!a[0] && a[1]) return false;
      *words += bits::allocate_words(8 * a[1]);
      break;
    case code_string: case code_string_cons:
      if (!a[0] && a[1]) return false;
      *words += 2 * a[1];
      pops = code == code_string_cons;
      break;
    case code_tuple:
      pops = a[0];
      *words += 1 + a[0];
      break;
    case code_list:
      pops = a[0];
      if (!pops) return false;
      *words += 2 * (a[0] - 1);
      break;
    case code_map:
      if (a[0] > *depth) return false;
      pops = 2 * a[0];
      *words += 3 + 2 * a[0];
      break;
    case code_float:
      if (!a[0] || !std::isfinite(*reinterpret_cast<const double*>(a[0]))) return false;
      *words += FloatBox::words;
      break;
    case code_external:
      if (!a[0]) return false;
      break;
  }
  if (pops > *depth) return false;
  *depth += 1 - pops;
  return true;
}

Term MessageSpec::build_one(Word code, const Word* a, Heap& heap) {
  switch (code) {
    case code_atom: case code_port: case code_pid: return Term::from_raw(a[0]);
    case code_integer: return arith::make_integer(heap, SWord(a[0]));
    case code_unsigned: return arith::make_unsigned(heap, a[0]);
    case code_int64: return arith::make_integer(heap, *reinterpret_cast<const SWord*>(a[0]));
    case code_uint64: return arith::make_unsigned(heap, *reinterpret_cast<const Word*>(a[0]));
    case code_binary: {
      if (a[1] <= HeapBits::max_bytes) return bits::from_bytes(heap, a[0] ? binary_at(a[0])->bytes + a[2] : "", a[1]);
      SharedBytes& shared = driver_binary::shared(*binary_at(a[0]));
      shared.retain();
      return bits::from_shared(heap, &shared, a[2], 8 * a[1]);
    }
    case code_bytes: return bits::from_bytes(heap, bytes_at(a[0]), a[1]);
    case code_string: return string(heap, bytes_at(a[0]), a[1], nil);
    case code_string_cons: return string(heap, bytes_at(a[0]), a[1], *pop(1));
    case code_tuple: {
      Term* items = pop(a[0]);
      HeapWriter w = heap.reserve(Words(1 + a[0]));
      Tuple* tuple = w.tuple_of(a[0]);
      std::copy(items, items + a[0], tuple->elements);
      return tuple->term();
    }
    case code_list: return list(heap, pop(a[0]), a[0]);
    case code_map: return map(heap, pop(2 * a[0]), a[0]);
    case code_float: {
      HeapWriter w = heap.reserve(Words(FloatBox::words));
      Term t = w.float_(*reinterpret_cast<const double*>(a[0]));
      heap.commit(w);
      return t;
    }
    case code_external: {
      auto decoded = etf::decode(heap, bytes_at(a[0]), a[1], {});
      return decoded ? decoded->term : Term();
    }
    default: return nil;
  }
}

// 1: sent. 0: nobody is there. -1: the port is gone, or the codes are no term.
int send(Port* port, Term to, const Word* codes, int count) {
  if (!port || port->closed || count <= 0) return -1;
  size_t words = 0;
  MessageSpec spec(codes, size_t(count));
  if (!spec.check(&words)) return -1;
  Process* process = to.is_local_pid() ? find_process(to) : nullptr;
  bool told = InTurn::of(*port) && port->trace;
  if (!process && !told) return 0;
  MessageHeap message(words);
  Term term = spec.build(message.heap);
  if (term.is_non_value()) return -1;
  FragmentTerm built = message.take(term);
  if (told) [[unlikely]] trace_sent(*port, to, built.term);
  if (!process) {
    if (built.fragment) HeapFragment::destroy_chain(built.fragment);
    return 0;
  }
  send_fragment(*process, port->id, built.term, built.fragment);
  return 1;
}

}  // namespace

extern "C" {

// Any thread.
int erl_drv_send_term(Word port, Word to, Word* codes, int count) {
  QuiescentSection section;
  return send(find_port(Term::from_raw(port)), Term::from_raw(to), codes, count);
}

// 0 as well: the port is closed, but for what is queued.
int erl_drv_output_term(Word port_term, Word* codes, int count) {
  QuiescentSection section;
  Port* port = find_port(Term::from_raw(port_term));
  if (!port) return -1;
  if (port->driver->is_loaded() && static_cast<LoadedPort*>(port->driver)->flushing.load()) return 0;
  return send(port, Term::from_raw(port->owner.load()), codes, count);
}

int driver_send_term(LoadedPort* port, Word to, Word* codes, int count) {
  return is_open(port) ? erl_drv_send_term(port->port->id.raw(), to, codes, count) : -1;
}

int driver_output_term(LoadedPort* port, Word* codes, int count) {
  return is_open(port) ? erl_drv_output_term(port->port->id.raw(), codes, count) : -1;
}

}  // extern "C"
}  // namespace joist
