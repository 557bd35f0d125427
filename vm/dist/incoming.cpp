// Reading packets (OTP manual: erts, "Distribution Header", "Distribution Header for fragmented messages").
//
// Nothing that comes is trusted. Each read is checked against the packet's end; control message and payload are measured and checked by
// vm/term/etf before a word is allocated. Fragments of several sequences may be interleaved; a sequence takes the memory of the bytes that
// came for it, whatever its first fragment announced. What is wrong ends the connection, as in OTP. Bytes behind a payload are not looked
// at, as there.
#include "vm/dist/incoming.h"

#include <algorithm>
#include <cstring>
#include <map>

#include "vm/dist/packets.h"
#include "vm/sys/memory.h"
#include "vm/term/atom.h"
#include "vm/term/etf/etf.h"
#include "vm/term/etf/tags.h"
#include "vm/term/shared_bytes.h"

namespace joist::dist {

// ---- terms

namespace {

struct Encoded {
  const uint8_t* data;
  size_t size;
  const Term* atoms;
  size_t atom_count;
  bool magic;
};

// A term that needs more room than was estimated, for the keys of a large map in it collide.
bool decode_with_collisions(const Encoded& in, const etf::DecodeOptions& options, FragmentTerm* out, Term extra, Term* extra_copy,
                            size_t* used) {
  Heap heap;
  heap_init(heap, Words(Heap::stack_reserve));
  auto decoded = etf::decode(heap, in.data, in.size, options);
  if (decoded) {
    size_t words = copy_size(decoded->term) + (extra.is_value() ? copy_size(extra) : 0);
    if (words <= UINT32_MAX) {
      HeapFragment* fragment = HeapFragment::create(Words(words));
      HeapWriter w(fragment->data, fragment->data + words, &fragment->off_heap);
      if (extra.is_value()) *extra_copy = copy_into(extra, w);
      *out = {copy_into(decoded->term, w), fragment};
      fragment->used = uint32_t(words);
      *used = decoded->used;
    } else {
      decoded = etf::DecodeError::SystemLimit;
    }
  }
  heap_destroy(heap);
  return bool(decoded);
}

// *used: bytes read.
bool decode_to_fragment(Encoded in, FragmentTerm* out, Term extra, Term* extra_copy, size_t* used) {
  size_t magic_bytes = in.magic;
  if (in.size <= magic_bytes || (in.magic && in.data[0] != etf::version_magic)) return false;
  in.data += magic_bytes;
  in.size -= magic_bytes;
  if (in.data[0] == etf::tag_compressed) return false;  // not between nodes
  etf::DecodeOptions options;
  options.skip_magic = true;
  options.atom_cache = in.atoms;
  options.atom_cache_size = in.atom_count;
  auto words = etf::decoded_words(in.data, in.size, options);
  if (!words) return false;
  size_t all = *words + (extra.is_value() ? copy_size(extra) : 0);
  if (all > UINT32_MAX) return false;
  HeapFragment* fragment = all ? HeapFragment::create(Words(all)) : nullptr;
  OffHeap* none = nullptr;
  HeapWriter w = fragment ? HeapWriter(fragment->data, fragment->data + all, &fragment->off_heap) : HeapWriter(nullptr, nullptr, &none);
  if (extra.is_value()) *extra_copy = copy_into(extra, w);
  auto decoded = etf::decode_into(w, in.data, in.size, options);
  if (!decoded) {
    HeapFragment::destroy(fragment);
    if (decoded.error() != etf::DecodeError::SystemLimit) return false;
    if (!decode_with_collisions(in, options, out, extra, extra_copy, used)) return false;
  } else {
    if (fragment) fragment->used = uint32_t(w.at() - fragment->data);
    *out = {decoded->term, fragment};
    *used = decoded->used;
  }
  *used += magic_bytes;
  return true;
}

}  // namespace

// ---- payloads

Payload::Payload(const Term* atoms, size_t atom_count, bool magic) : atom_count_(uint8_t(atom_count)), magic_(magic) {
  if (atom_count == 0) return;
  bytes_ = SharedBytes::create(atom_count * sizeof(Term));
  std::memcpy(bytes_->data, static_cast<const void*>(atoms), atom_count * sizeof(Term));
}

Payload::~Payload() {
  if (bytes_) bytes_->release();
}

Payload& Payload::operator=(Payload&& other) noexcept {
  std::swap(bytes_, other.bytes_);
  std::swap(size_, other.size_);
  std::swap(atom_count_, other.atom_count_);
  std::swap(magic_, other.magic_);
  return *this;
}

void Payload::append(const uint8_t* data, size_t size, size_t expected) {
  if (size == 0) return;
  size_t before = atom_count_ * sizeof(Term) + size_, needed = before + size;
  if (!bytes_) bytes_ = SharedBytes::create(needed);
  else if (needed > bytes_->capacity) bytes_ = SharedBytes::resize(bytes_, needed + std::min(needed, expected));
  std::memcpy(bytes_->data + before, data, size);
  size_ += size;
}

bool Payload::decode(FragmentTerm* out, Term extra, Term* extra_copy) const {
  if (is_empty()) return false;
  auto* atoms = reinterpret_cast<const Term*>(bytes_->data);
  size_t used;
  return decode_to_fragment({bytes_->data + atom_count_ * sizeof(Term), size_, atoms, atom_count_, magic_}, out, extra, extra_copy, &used);
}

// ---- signals

IncomingSignal& IncomingSignal::operator=(IncomingSignal&& other) noexcept {
  std::swap(control, other.control);
  std::swap(fragment, other.fragment);
  payload = static_cast<Payload&&>(other.payload);
  return *this;
}

IncomingSignal::~IncomingSignal() { HeapFragment::destroy(fragment); }

// ---- packets

namespace {

struct Sequence {
  IncomingSignal signal;  // whose payload is not whole
  uint64_t left;          // fragments to come
};

struct Cursor {
  const uint8_t* at;
  const uint8_t* end;
  bool has(size_t n) const { return n <= size_t(end - at); }
  uint8_t byte() { return *at++; }
  uint64_t number64() {
    at += 8;
    return etf::get64(at - 8);
  }
};

}  // namespace

struct PacketReader::State : sys::Counted<sys::Alloc::Driver> {
  explicit State(uint64_t flags) : flags(flags) {}

  const uint64_t flags;
  Term cache[8 * 256] = {};  // the non-value: nothing was put there
  std::map<uint64_t, Sequence> sequences;
  size_t held = 0;  // payload bytes of sequences

  // The atoms of the packet that is read.
  Term atoms[255];
  size_t atom_count = 0;

  bool read_atoms(Cursor& in);
  bool read_signal(Cursor in, bool magic, size_t expected, IncomingSignal* out);
  Outcome begin_sequence(Cursor in, IncomingSignal* out);
  Outcome go_on(Cursor in, IncomingSignal* out);
};

bool PacketReader::State::read_atoms(Cursor& in) {
  if (!in.has(1)) return false;
  atom_count = in.byte();
  if (atom_count == 0) return true;
  if (!in.has(atom_flag_bytes(atom_count))) return false;
  AtomFlags<const uint8_t> all_flags{in.at};
  in.at += atom_flag_bytes(atom_count);
  bool long_atoms = all_flags.get(atom_count) & long_atoms_flag;
  for (size_t i = 0; i < atom_count; i++) {
    uint8_t atom_flags = all_flags.get(i);
    if (!in.has(1)) return false;
    Term& place = cache[size_t(atom_flags & place_segment) << 8 | in.byte()];
    if (atom_flags & new_atom_flag) {
      if (!in.has(long_atoms ? 2 : 1)) return false;
      size_t size = in.byte();
      if (long_atoms) size = size << 8 | in.byte();
      if (!in.has(size)) return false;
      place = etf::is_atom_text(in.at, size) ? make_atom({reinterpret_cast<const char*>(in.at), size}) : Term();
      in.at += size;
    }
    if (place.is_non_value()) return false;
    atoms[i] = place;
  }
  return true;
}

// The terms behind the header. expected: bytes that fragments to come may bring.
bool PacketReader::State::read_signal(Cursor in, bool magic, size_t expected, IncomingSignal* out) {
  FragmentTerm control{Term(), nullptr};
  size_t used;
  if (!decode_to_fragment({in.at, size_t(in.end - in.at), atoms, atom_count, magic}, &control, Term(), nullptr, &used)) return false;
  out->control = control.term;
  out->fragment = control.fragment;
  auto tuple = control.term.as<Tuple>();
  if (!tuple || tuple->arity() < 1 || !tuple->at(0).is_small()) return false;
  in.at += used;
  if (!in.has(1) && expected == 0) return true;
  out->payload = Payload(atoms, atom_count, magic);
  out->payload.append(in.at, size_t(in.end - in.at), expected);
  return true;
}

PacketReader::Outcome PacketReader::State::begin_sequence(Cursor in, IncomingSignal* out) {
  if (!in.has(16)) return Outcome::Bad;
  size_t size = size_t(in.end - in.at);
  uint64_t id = in.number64(), count = in.number64();
  if (count == 0 || sequences.contains(id) || !read_atoms(in)) return Outcome::Bad;
  // The rest is as long as this one, as a rule.
  size_t expected = std::min<uint64_t>(count - 1, 1 << 20) * size;
  IncomingSignal signal;
  if (!read_signal(in, false, expected, &signal)) return Outcome::Bad;
  if (count == 1) {
    *out = std::move(signal);
    return Outcome::Signal;
  }
  held += signal.payload.size();
  sequences.emplace(id, Sequence{std::move(signal), count - 1});
  return Outcome::Nothing;
}

PacketReader::Outcome PacketReader::State::go_on(Cursor in, IncomingSignal* out) {
  if (!in.has(16)) return Outcome::Bad;
  uint64_t id = in.number64(), count = in.number64();
  auto found = sequences.find(id);
  if (found == sequences.end() || found->second.left != count) return Outcome::Bad;
  Sequence& sequence = found->second;
  size_t size = size_t(in.end - in.at);
  sequence.signal.payload.append(in.at, size, std::min<uint64_t>(count - 1, 1 << 20) * size);
  sequence.left--;
  held += size;
  if (sequence.left > 0) return Outcome::Nothing;
  held -= sequence.signal.payload.size();
  *out = std::move(sequence.signal);
  sequences.erase(found);
  return Outcome::Signal;
}

PacketReader::PacketReader(uint64_t flags) : state_(new State(flags)) {}

PacketReader::~PacketReader() { delete state_; }

size_t PacketReader::held_bytes() const { return state_->held; }

PacketReader::Outcome PacketReader::read(const uint8_t* data, size_t size, IncomingSignal* out) {
  if (size == 0) return Outcome::Nothing;
  State& s = *state_;
  s.atom_count = 0;
  Cursor in{data, data + size};
  IncomingSignal signal;
  bool good;
  if (!has_header(s.flags)) {
    good = in.byte() == pass_through && s.read_signal(in, true, 0, &signal);
  } else {
    if (size < 2 || in.byte() != etf::version_magic) return Outcome::Bad;
    uint8_t kind = in.byte();
    if (kind == first_fragment_packet && s.flags & flag::fragments) return s.begin_sequence(in, out);
    if (kind == fragment_packet && s.flags & flag::fragments) return s.go_on(in, out);
    good = kind == whole_packet && s.read_atoms(in) && s.read_signal(in, false, 0, &signal);
  }
  if (!good) return Outcome::Bad;
  *out = std::move(signal);
  return Outcome::Signal;
}

}  // namespace joist::dist
