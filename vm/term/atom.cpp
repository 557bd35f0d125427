// The atom table.
//
// Entries are numbered from 0 and lie one behind another in an address range for as many as the limit allows, whose pages come as they
// are touched. The other way is a hash table with open addressing, whose slots hold an entry's number plus one. A reader loads
// the slots with acquire order and probes: it takes no lock, for entries are complete before they are published and never change
// or go. A writer locks the stripe of the text's hash, looks again, claims the next number and publishes it in a free slot.
// When half of the slots are taken, whoever sees it locks all stripes and puts a table of twice the size in place; readers may
// go on in the old one, which stays: what they miss there they look for again under the stripe. So the table starts small,
// and little memory is touched while few atoms are there.
#include "vm/term/atom.h"

#include <atomic>
#include <cstring>
#include <mutex>
#include <new>

#include "vm/sys/memory.h"
#include "vm/term/quick_order.h"

namespace joist {

AtomEntry* atom_entries = nullptr;

namespace {

using Entry = AtomEntry;

constexpr size_t stripes = 16;
constexpr size_t text_block = 32 * 1024;  // bytes of text space that a stripe takes at once
constexpr size_t counted_entries = 4096;  // are taken into account as memory at once

struct TextBlock {
  TextBlock* before;  // of the same stripe
  char text[];
};

struct alignas(64) Stripe {
  std::mutex lock;        // a leaf: nothing is locked while it is held
  TextBlock* block = nullptr;
  char* text_at = nullptr;
  char* text_end = nullptr;
};

// Readers take no lock and may be in the slots that larger ones replaced, so these stay: all together they are smaller than the last.
struct Slots {
  size_t mask;
  Slots* replaced;
  std::atomic<uint32_t> slot[];  // number + 1 of an entry, 0: free
};
constexpr size_t first_slots = size_t(1) << 15;

struct Table {
  size_t limit = 0;
  std::atomic<Slots*> slots{nullptr};
  std::atomic<uint32_t> count{0};
  std::atomic<size_t> text_bytes{0};
  Stripe stripe[stripes];
};
Table table;

// PJW's hash (Aho, Sethi, Ullman: Compilers, 1986) over the characters where these are Latin-1 and over the UTF-8 bytes where
// they are not: what OTP has hashed atoms with since atoms were Latin-1, so phash and phash2 depend on it.
uint32_t hash_text(std::string_view text) {
  uint32_t h = 0;
  for (size_t i = 0; i < text.size(); i++) {
    auto c = uint8_t(text[i]);
    if (i + 1 < text.size() && (c & 0xfe) == 0xc2) c = uint8_t((c << 6) | (uint8_t(text[++i]) & 0x3f));
    h = (h << 4) + c;
    if (uint32_t high = h & 0xf0000000) h ^= (high >> 24) ^ high;
  }
  return h;
}

size_t first_probe(uint32_t hash) { return (hash * 0x9e3779b1u) >> 7 ^ hash; }

Slots* new_slots(size_t count) {
  auto* slots = static_cast<Slots*>(sys::allocate_zeroed(sizeof(Slots) + count * sizeof(std::atomic<uint32_t>), sys::Alloc::Atom));
  slots->mask = count - 1;
  return slots;
}

Term search(uint32_t hash, std::string_view text) {
  Slots& slots = *table.slots.load(std::memory_order_acquire);
  for (size_t at = first_probe(hash);; at++) {
    uint32_t number = slots.slot[at & slots.mask].load(std::memory_order_acquire);
    if (!number) return {};
    Entry& e = atom_entry(number - 1);
    if (e.hash == hash && e.bytes == text.size() && std::memcmp(e.text, text.data(), text.size()) == 0) return Term::atom(number - 1);
  }
}

// The entry's stripe is held, or nobody else writes. Writers of other stripes race for the same slots.
void publish(Slots& slots, uint32_t hash, uint32_t number) {
  for (size_t at = first_probe(hash);; at++) {
    uint32_t none = 0;
    if (slots.slot[at & slots.mask].compare_exchange_strong(none, number + 1, std::memory_order_release, std::memory_order_relaxed)) return;
  }
}

bool is_crowded(const Slots& slots) { return table.count.load(std::memory_order_relaxed) > slots.mask / 2; }

// No stripe is held.
void grow() {
  for (auto& s : table.stripe) s.lock.lock();
  Slots& old = *table.slots.load(std::memory_order_relaxed);
  if (is_crowded(old)) {
    Slots* larger = new_slots(2 * (old.mask + 1));
    larger->replaced = &old;
    for (size_t at = 0; at <= old.mask; at++)
      if (uint32_t number = old.slot[at].load(std::memory_order_relaxed)) publish(*larger, atom_entry(number - 1).hash, number - 1);
    table.slots.store(larger, std::memory_order_release);
  }
  for (auto& s : table.stripe) s.lock.unlock();
}

// Caller holds the stripe.
const char* store_text(Stripe& s, std::string_view text) {
  if (size_t(s.text_end - s.text_at) < text.size()) {
    auto* block = static_cast<TextBlock*>(sys::allocate_zeroed(text_block, sys::Alloc::Atom));
    block->before = s.block;
    s.block = block;
    s.text_at = block->text;
    s.text_end = reinterpret_cast<char*>(block) + text_block;
  }
  char* p = s.text_at;
  std::memcpy(p, text.data(), text.size());
  s.text_at += text.size();
  table.text_bytes.fetch_add(text.size(), std::memory_order_relaxed);
  return p;
}

uint64_t prefix_of(std::string_view text) {
  uint64_t p = 0;
  std::memcpy(&p, text.data(), text.size() < 8 ? text.size() : 8);
  return __builtin_bswap64(p);
}

// The next free number. As in OTP a full table is the node's end.
uint32_t claim_number() {
  uint32_t n = table.count.load(std::memory_order_relaxed);
  do {
    if (n >= table.limit) sys::table_full("atom_tab", table.limit);
  } while (!table.count.compare_exchange_weak(n, n + 1, std::memory_order_relaxed));
  if (n % counted_entries == 0) sys::count_bytes(sys::Alloc::Atom, ptrdiff_t(counted_entries * sizeof(Entry)));
  return n;
}

}  // namespace

void init_atoms(size_t limit) {
  VERIFY(table.limit == 0 && limit >= atom::predefined_count);
  table.limit = limit;
  table.slots.store(new_slots(first_slots), std::memory_order_release);
  atom_entries = static_cast<Entry*>(sys::reserve_range(limit * sizeof(Entry), alignof(Entry)));
  if (!atom_entries || !sys::commit_range(atom_entries, limit * sizeof(Entry))) sys::out_of_memory(limit * sizeof(Entry), sys::Alloc::Atom);
  static constexpr std::string_view names[] = {
#define X(name, text) text,
#include "vm/term/atoms.def"
#undef X
  };
  uint32_t index = 0;
  for (auto name : names) {
    if (make_atom(name).atom_index() != index) PANIC("'%s' is twice in atoms.def", name.data());
    index++;
  }
}

Term find_atom(std::string_view utf8) { return search(hash_text(utf8), utf8); }

Term make_atom(std::string_view utf8) {
  uint32_t hash = hash_text(utf8);
  if (Term known = search(hash, utf8); known.is_value()) return known;
  if (is_crowded(*table.slots.load(std::memory_order_acquire))) grow();

  Stripe& s = table.stripe[hash % stripes];
  std::lock_guard guard(s.lock);
  if (Term known = search(hash, utf8); known.is_value()) return known;
  uint32_t number = claim_number();
  Entry& e = atom_entry(number);
  e.text = store_text(s, utf8);
  e.prefix = prefix_of(utf8);
  e.hash = hash;
  e.bytes = uint16_t(utf8.size());
  e.is_latin1 = true;
  for (unsigned char c : utf8) {
    if ((c & 0xc0) != 0x80) e.characters++;
    if (c > 0xc3) e.is_latin1 = false;
  }
  publish(*table.slots.load(std::memory_order_relaxed), hash, number);
  return Term::atom(number);
}

std::string_view atom_text(Term atom) {
  const Entry& e = atom_entry(atom.atom_index());
  return {e.text, e.bytes};
}
size_t atom_characters(Term atom) { return atom_entry(atom.atom_index()).characters; }
bool atom_is_latin1(Term atom) { return atom_entry(atom.atom_index()).is_latin1; }
uint32_t atom_hash(Term atom) { return atom_entry(atom.atom_index()).hash; }

int compare_atoms(Term a, Term b) {
  if (a.same(b)) return 0;
  const Entry& x = atom_entry(a.atom_index());
  const Entry& y = atom_entry(b.atom_index());
  if (x.prefix != y.prefix) return x.prefix < y.prefix ? -1 : 1;
  size_t common = x.bytes < y.bytes ? x.bytes : y.bytes;
  if (int c = std::memcmp(x.text, y.text, common)) return c;
  return int(x.bytes) - int(y.bytes);
}

size_t atom_count() { return table.count.load(std::memory_order_relaxed); }
size_t atom_limit() { return table.limit; }
size_t atom_table_bytes() { return sys::allocated_bytes(sys::Alloc::Atom); }
size_t atom_text_bytes() { return table.text_bytes.load(std::memory_order_relaxed); }

}  // namespace joist
