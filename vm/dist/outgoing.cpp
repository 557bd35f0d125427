// Encoding of signals, and their packets (OTP manual: erts, "Distribution Header", "Protocol between Connected Nodes").
//
// Body: headroom, control message, payload. The headroom is for the header of the first packet, which is known only when that leaves; it
// nearly always fits, and then the packet is one piece of memory. The control message is never cut, for whoever receives it looks at it
// first. Bytes of a body that have left are not written again, for packets refer to them.
#include "vm/dist/outgoing.h"

#include <algorithm>
#include <cstring>

#include "gc/roots.h"
#include "vm/base/assert.h"
#include "vm/dist/packets.h"
#include "vm/term/atom.h"
#include "vm/term/etf/tags.h"
#include "vm/term/shared_bytes.h"

namespace joist::dist {

namespace {
// Room for some twenty atoms that the cache holds, or a few that it doesn't.
constexpr size_t headroom = 64;
}  // namespace

// ---- atoms

struct SignalAtoms::Many : sys::Counted<sys::Alloc::Driver> {
  Term atoms[most];
  uint8_t index_at[OutgoingAtomCache::places] = {};  // plus one; 0: no atom has that place
};

SignalAtoms::~SignalAtoms() { delete many_; }

Term SignalAtoms::at(size_t index) const { return many_ ? many_->atoms[index] : few_[index]; }

int SignalAtoms::index_of(Term atom) {
  uint16_t place = OutgoingAtomCache::place_of(atom);
  if (many_) return index_among_many(atom, place);
  for (size_t i = 0; i < count_; i++)
    if (places_[i] == place) return few_[i].same(atom) ? int(i) : -1;
  if (count_ < few) {
    places_[count_] = place;
    few_[count_] = atom;
    return int(count_++);
  }
  many_ = new Many;
  for (size_t i = 0; i < few; i++) {
    many_->atoms[i] = few_[i];
    many_->index_at[places_[i]] = uint8_t(i + 1);
  }
  return index_among_many(atom, place);
}

int SignalAtoms::index_among_many(Term atom, uint16_t place) {
  uint8_t& entry = many_->index_at[place];
  if (entry) return many_->atoms[entry - 1].same(atom) ? entry - 1 : -1;
  if (count_ == most) return -1;
  many_->atoms[count_] = atom;
  entry = uint8_t(++count_);
  return entry - 1;
}

bool OutgoingAtomCache::put(Term atom) {
  Term& held = held_[place_of(atom)];
  if (held.same(atom)) return false;
  held = atom;
  return true;
}

// ---- packets

void Packet::clear() {
  if (header) header->release();
  if (body) body->release();
  header = body = nullptr;
  header_size = offset = size = 0;
}

OutgoingSignal::OutgoingSignal(uint64_t flags)
    : is_bare_(!has_header(flags)), may_be_cut_(flags & flag::fragments) {}

OutgoingSignal::~OutgoingSignal() {
  if (body_) body_->release();
}

bool OutgoingSignal::take(OutgoingAtomCache* cache, uint64_t sequence, Packet* out) {
  ASSERT(packets_left_ > 0);
  out->clear();
  out->body = body_;
  body_->retain();
  out->offset = offset_;
  out->size = next_cut_ - offset_;
  put_header(cache, sequence, out);
  offset_ = next_cut_;
  next_cut_ = std::min(end_, next_cut_ + fragment_bytes);
  begun_ = true;
  return --packets_left_ == 0;
}

namespace {

// The atoms of a signal as its header names them.
class AtomTable {
 public:
  // The cache has them from now on. The signal's first packet must leave then.
  AtomTable(const SignalAtoms& atoms, OutgoingAtomCache* cache) : atoms_(atoms), count_(atoms.count()), size_(1) {
    ASSERT(cache || count_ == 0);
    if (count_) size_ += atom_flag_bytes(count_) + count_;
    size_t fresh = 0;
    for (size_t i = 0; i < count_; i++) {
      is_fresh_[i] = cache->put(atoms.at(i));
      if (!is_fresh_[i]) continue;
      size_t text = atom_text(atoms.at(i)).size();
      size_ += 1 + text;
      fresh++;
      if (text > 255) long_atoms_ = true;
    }
    if (long_atoms_) size_ += fresh;
  }
  size_t size() const { return size_; }
  void write(uint8_t* p) const {
    *p++ = uint8_t(count_);
    if (count_ == 0) return;
    AtomFlags<uint8_t> flags{p};
    std::memset(p, 0, atom_flag_bytes(count_));
    p += atom_flag_bytes(count_);
    for (size_t i = 0; i < count_; i++) {
      uint16_t place = OutgoingAtomCache::place_of(atoms_.at(i));
      flags.set(i, uint8_t(place >> 8 | (is_fresh_[i] ? new_atom_flag : 0)));
      *p++ = uint8_t(place);
      if (!is_fresh_[i]) continue;
      std::string_view text = atom_text(atoms_.at(i));
      if (long_atoms_) *p++ = uint8_t(text.size() >> 8);
      *p++ = uint8_t(text.size());
      std::memcpy(p, text.data(), text.size());
      p += text.size();
    }
    if (long_atoms_) flags.set(count_, long_atoms_flag);
  }

 private:
  const SignalAtoms& atoms_;
  size_t count_, size_;
  bool long_atoms_ = false;
  bool is_fresh_[SignalAtoms::most];
};

}  // namespace

// Room for the header, in front of the first packet's part of the body if it fits there.
uint8_t* OutgoingSignal::header_room(size_t size, Packet* out) {
  if (!begun_ && size <= headroom) {
    out->offset -= size;
    out->size += size;
    return body_->data + out->offset;
  }
  out->header = SharedBytes::create(size);
  out->header_size = size;
  return out->header->data;
}

void OutgoingSignal::put_header(OutgoingAtomCache* cache, uint64_t sequence, Packet* out) {
  auto begin = [&](uint8_t* p, uint8_t kind, bool in_sequence) {
    *p++ = etf::version_magic;
    *p++ = kind;
    if (!in_sequence) return p;
    etf::put64(p, sequence);
    etf::put64(p + 8, packets_left_);
    return p + 16;
  };
  constexpr size_t alone = 2, numbered = 2 + 16;  // bytes that begin() writes
  if (is_bare_) {
    *header_room(1, out) = pass_through;
  } else if (begun_) {
    begin(header_room(numbered, out), fragment_packet, true);
  } else {
    bool in_sequence = packets_left_ > 1;
    AtomTable atoms(atoms_, cache);
    uint8_t* p = header_room((in_sequence ? numbered : alone) + atoms.size(), out);
    atoms.write(begin(p, in_sequence ? first_fragment_packet : whole_packet, in_sequence));
  }
}

// ---- encoding

namespace {

int index_of(void* atoms, Term atom) { return static_cast<SignalAtoms*>(atoms)->index_of(atom); }

etf::EncodeOptions encode_options(uint64_t flags, SignalAtoms* atoms) {
  etf::EncodeOptions options;
  options.minor_version = 2;
  options.skip_magic = has_header(flags);
  options.headroom = headroom;
  if (flags & flag::header_atom_cache) {
    options.atom_cache_index = index_of;
    options.atom_cache_context = atoms;
  }
  return options;
}

}  // namespace

SignalEncoder::SignalEncoder(Term control, Term payload, uint64_t flags)
    : signal_(new OutgoingSignal(flags)), encoder_(control, encode_options(flags, &signal_->atoms_), payload) {}

SignalEncoder::~SignalEncoder() { delete signal_; }

OutgoingSignal* SignalEncoder::take() {
  OutgoingSignal* signal = signal_;
  signal_ = nullptr;
  size_t payload_at = encoder_.second_at();
  signal->body_ = encoder_.take(&signal->end_, etf::Encoder::Fit::Loose);
  signal->offset_ = headroom;
  signal->next_cut_ = signal->end_;
  if (signal->may_be_cut_ && payload_at && signal->size() > fragment_bytes) {
    signal->next_cut_ = std::max(payload_at, headroom + fragment_bytes);
    signal->packets_left_ = 1 + (signal->end_ - signal->next_cut_ + fragment_bytes - 1) / fragment_bytes;
  }
  return signal;
}

void SignalEncoder::visit_roots(RootVisitor& visitor) {
  size_t count;
  Term* pending = encoder_.pending(&count);
  visitor.visit(pending, count);
}

OutgoingSignal* encode_signal(Term control, Term payload, uint64_t flags) {
  SignalEncoder encoder(control, payload, flags);
  size_t used = 0;
  while (!encoder.step(1 << 20, &used)) {
  }
  return encoder.failed() ? nullptr : encoder.take();
}

}  // namespace joist::dist
