// prim_buffer: a queue of bytes that a reference names. The calls lock it, so that sharing one among processes is at worst confusing;
// try_lock/1 and unlock/1 are a lock of the users' own.
#include "bifs/bif.h"
#include "vm/term/magic_ref.h"
#include "bifs/prim/byte_queue.h"
#include "vm/sys/lock.h"
#include "vm/term/arith.h"
#include "vm/term/bits.h"

namespace joist {
namespace {

const char buffer_type = 0;

struct Buffer final : MagicObject {
  sys::Mutex lock;
  ByteQueue bytes;  // lock
  std::atomic<bool> taken{false};
  Buffer() { type = &buffer_type; }
};

Buffer* buffer_of(Term t) {
  auto ref = t.as<MagicRef>();
  return ref && ref->object->type == &buffer_type ? static_cast<Buffer*>(ref->object) : nullptr;
}

}  // namespace

BIF(prim_buffer, new, 0) {
  HeapWriter w = c.heap().reserve(Words(magic_ref_words));
  return make_magic_ref(w, new Buffer);
}

BIF(prim_buffer, size, 1) {
  Buffer* b = buffer_of(c.arg(0));
  if (!b) return badarg();
  sys::Locked locked(b->lock);
  return Term::small(SWord(b->bytes.size()));
}

// Takes Size bytes out.
BIF(prim_buffer, copying_read, 2) {
  Buffer* b = buffer_of(c.arg(0));
  Word n;
  if (!b || !arith::to_uint64(c.arg(1), &n)) return badarg();
  sys::Locked locked(b->lock);
  if (n > b->bytes.size()) return badarg();
  uint8_t* to;
  Term binary = bits::allocate(c.heap(), n * 8, &to);
  b->bytes.copy(to, n);
  b->bytes.skip(n);
  return binary;
}

// write(Buffer, [Binary])
BIF(prim_buffer, write, 2) {
  Buffer* b = buffer_of(c.arg(0));
  if (!b) return badarg();
  Term list = c.arg(1);
  for (; list.is_cons(); list = list.as_cons()->tail) {
    Term t = list.as_cons()->head;
    if (!is_bits(t) || bits::size_bits(t) % 8 != 0) return badarg();
  }
  if (!list.is_nil()) return badarg();
  sys::Locked locked(b->lock);
  for (list = c.arg(1); list.is_cons(); list = list.as_cons()->tail) {
    b->bytes.append(list.as_cons()->head);
    c.charge(1);
  }
  return atom::ok;
}

BIF(prim_buffer, peek_head, 1) {
  Buffer* b = buffer_of(c.arg(0));
  if (!b) return badarg();
  sys::Locked locked(b->lock);
  return b->bytes.size() ? NativeResult(b->bytes.front_term(c.heap())) : badarg();
}

BIF(prim_buffer, skip, 2) {
  Buffer* b = buffer_of(c.arg(0));
  Word n;
  if (!b || !arith::to_uint64(c.arg(1), &n)) return badarg();
  sys::Locked locked(b->lock);
  if (n > b->bytes.size()) return badarg();
  b->bytes.skip(n);
  return atom::ok;
}

// {ok, Index} | not_found
BIF(prim_buffer, find_byte_index, 2) {
  Buffer* b = buffer_of(c.arg(0));
  if (!b || !c.arg(1).is_small() || Word(c.arg(1).small_value()) > 255) return badarg();
  sys::Locked locked(b->lock);
  c.charge(b->bytes.size() / 4096);
  int64_t at = b->bytes.find(uint8_t(c.arg(1).small_value()));
  if (at < 0) return atom::not_found;
  return c.heap().reserve(Words(3)).tuple(atom::ok, Term::small(at));
}

BIF(prim_buffer, try_lock, 1) {
  Buffer* b = buffer_of(c.arg(0));
  if (!b) return badarg();
  return b->taken.exchange(true, std::memory_order_acquire) ? atom::busy : atom::acquired;
}

BIF(prim_buffer, unlock, 1) {
  Buffer* b = buffer_of(c.arg(0));
  if (!b) return badarg();
  if (!b->taken.exchange(false, std::memory_order_release)) return c.error(atom::lock_order_violation);
  return atom::ok;
}

}  // namespace joist
