// Dumps may be written for want of memory, so a process's heap needs no list of what was written: the first word of such an object
// becomes 0, which is no term and no header. Terms may be of any depth: objects wait in a list, not on the stack.
#include "vm/node/term_dump.h"

#include <cinttypes>

#include "bifs/erlang/process_text.h"
#include "gc/collect.h"
#include "gc/literal_area.h"
#include "vm/process/dictionary.h"
#include "vm/term/atom.h"
#include "vm/term/bits.h"
#include "vm/term/etf/etf.h"
#include "vm/term/fun_identity.h"
#include "vm/term/print.h"
#include "vm/term/shared_bytes.h"

namespace joist {
namespace {

std::string hexadecimal(Word n) {
  char text[24];
  snprintf(text, sizeof text, "%" PRIX64, uint64_t(n));
  return text;
}
std::string hexadecimal(const void* p) { return hexadecimal(reinterpret_cast<Word>(p)); }

// SIZE:text in base 64
std::string sized_base64(const uint8_t* data, size_t size) {
  static constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out = hexadecimal(size) + ":";
  for (size_t i = 0; i < size; i += 3) {
    size_t n = std::min<size_t>(3, size - i);
    uint32_t three = uint32_t(data[i]) << 16 | (n > 1 ? uint32_t(data[i + 1]) << 8 : 0) | (n > 2 ? data[i + 2] : 0);
    for (size_t d = 0; d < 4; d++) out += d <= n ? digits[three >> (18 - 6 * d) & 63] : '=';
  }
  return out;
}

// In external format; the term must refer to nothing that is marked.
std::string encoded(Term t) {
  Heap scratch;
  heap_init(scratch, Words(64));
  Term binary = etf::encode(scratch, t, {});
  bits::AlignedBytes bytes(binary);
  std::string out = "E" + sized_base64(reinterpret_cast<const uint8_t*>(bytes.text().data()), bytes.size);
  heap_destroy(scratch);
  return out;
}

// A fun without what it closes over, which may be marked by now, or be large: [] stands for each variable.
std::string encoded_fun(const Fun& fun) {
  std::vector<Word> copy(1 + header_words(fun.header), nil.raw());
  auto* bare = reinterpret_cast<Fun*>(copy.data());
  bare->header = fun.header;
  bare->entry = fun.entry;
  bare->creator = fun.creator;
  return encoded(bare->term());
}

std::string integer(const Bignum& n) {
  std::string out = n.negative() ? "B-16#" : "B16#";
  char limb[24];
  for (size_t i = n.limb_count(); i-- > 0;) {
    snprintf(limb, sizeof limb, i + 1 == n.limb_count() ? "%" PRIX64 : "%016" PRIX64, uint64_t(n.limbs[i]));
    out += limb;
  }
  return out;
}

std::string float_text(Term t) {
  std::string text = print_term(t);
  return "F" + hexadecimal(text.size()) + ":" + text;
}

}  // namespace

std::string TermDump::element(Term t, const void* slot) {
  if (!t.is_value() || t.is_nil()) return "N";
  if (t.is_pointer()) {
    if (!is_literal(t)) to_write_.push_back(t.raw());
    else if (literals_.insert(t.raw()).second) literals_to_write_.push_back(t.raw());
    return "H" + hexadecimal(t.pointer());
  }
  if (t.is_inline_float()) {
    Word address = reinterpret_cast<Word>(slot) | 4;  // no object has it
    floats_.emplace_back(address, t);
    return "H" + hexadecimal(address);
  }
  if (t.is_atom()) {
    std::string_view text = atom_text(t);
    return "A" + hexadecimal(text.size()) + ":" + std::string(text);
  }
  if (t.is_small()) return "I" + print_term(t);
  if (t.is_local_pid()) return "P" + print_term(t);
  if (t.is_local_port()) return "p" + print_term(t).substr(sizeof "#Port" - 1);
  return "N";
}

std::string TermDump::elements(const Word* first, size_t count) {
  std::string out;
  for (size_t i = 0; i < count; i++) out += (i ? "," : "") + element(Term::from_raw(first[i]), first + i);
  return out;
}

std::string TermDump::bits(const Word* words) {
  switch (header_kind(*words)) {
    case Kind::HeapBits: {
      auto* b = reinterpret_cast<const HeapBits*>(words);
      return "Yh" + sized_base64(b->data, b->size_bits / 8);
    }
    case Kind::RefcBits: {
      auto* b = reinterpret_cast<const RefcBits*>(words);
      shared_.insert(b->shared);
      return "Yc" + hexadecimal(b->shared) + ":" + hexadecimal(Word(b->data - b->shared->data)) + ":" + hexadecimal(b->size_bits / 8);
    }
    case Kind::SubBits: {
      auto* b = reinterpret_cast<const SubBits*>(words);
      return "Ys" + element(b->base, &b->base).substr(1) + ":" + hexadecimal(b->offset_bits / 8) + ":" + hexadecimal(b->size_bits / 8);
    }
    default: {
      auto* m = reinterpret_cast<const MatchContext*>(words);
      return "Ys" + element(m->base, &m->base).substr(1) + ":" + hexadecimal(m->position / 8) + ":" + hexadecimal((m->end - m->position) / 8);
    }
  }
}

std::string TermDump::object(const Word* words, bool is_cons) {
  if (is_cons) return "l" + element(Term::from_raw(words[0]), words) + "|" + element(Term::from_raw(words[1]), words + 1);
  Term t = Term::boxed(words);
  Word header = *words;
  size_t n = header_words(header);
  switch (header_kind(header)) {
    case Kind::Tuple: return "t" + hexadecimal(n) + ":" + elements(words + 1, n);
    case Kind::FlatMap: return "Mf" + hexadecimal(n - 1) + ":" + elements(words + 1, 1) + ":" + elements(words + 2, n - 1);
    case Kind::MapRoot: return "Mh" + hexadecimal(Word(Term::from_raw(words[1]).small_value())) + ":" + hexadecimal(n - 1) + ":" + elements(words + 2, n - 1);
    case Kind::MapNode: return "Mn" + hexadecimal(n) + ":" + elements(words + 1, n);
    case Kind::Float: return float_text(t);
    case Kind::Bignum: return integer(*t.as<Bignum>());
    case Kind::Fun: {
      const Fun& fun = *t.as<Fun>();
      elements(words + 3, fun.env_size());  // for their own lines
      return encoded_fun(fun);
    }
    case Kind::ExternalPid: return "P" + print_term(t);
    case Kind::ExternalPort: return "p" + print_term(t).substr(sizeof "#Port" - 1);
    case Kind::HeapBits: case Kind::RefcBits: case Kind::SubBits: case Kind::MatchContext: return bits(words);
    default: return encoded(t);
  }
}

void TermDump::write_object(Word pointer) {
  auto* words = reinterpret_cast<const Word*>(pointer & ~Word(7));
  out_.write(hexadecimal(words) + ":" + object(words, Term::from_raw(pointer).is_cons()) + "\n");
}

void TermDump::write_floats() {
  for (auto [address, value] : floats_) out_.write(hexadecimal(address) + ":" + float_text(value) + "\n");
  floats_.clear();
}

void TermDump::write_pending() {
  while (!to_write_.empty() && !out_.full()) {
    Word pointer = to_write_.back();
    to_write_.pop_back();
    auto* words = reinterpret_cast<Word*>(pointer & ~Word(7));
    if (!*words) continue;
    write_object(pointer);
    *words = 0;
  }
  write_floats();
}

void TermDump::literals() {
  out_.write("=literals\n");
  while (!literals_to_write_.empty() && !out_.full()) {
    Word pointer = literals_to_write_.back();
    literals_to_write_.pop_back();
    write_object(pointer);
  }
  write_floats();
}

void TermDump::messages(Process& p) {
  std::string text;
  auto add = [&](Signal* first) {
    for (Signal* s = first; s; s = s->next)
      if (s->kind == SignalKind::Message || s->kind == SignalKind::AliasMessage) text += element(s->payload, &s->payload) + ":" + element(s->token, &s->token) + "\n";
  };
  add(p.messages.first);
  add(p.deferred);
  add(p.incoming.take_all());
  if (!text.empty()) out_.write("=proc_messages:" + print_term(p.pid) + "\n" + text);
}

void TermDump::stack(const Process& p) {
  out_.write("=proc_stack:" + print_term(p.pid) + "\n");
  each_stack_word(p, [this](const StackWord& w) {
    if (w.kind == StackWord::Return) {
      char slot[24];
      snprintf(slot, sizeof slot, "0x%016" PRIx64, uint64_t(reinterpret_cast<Word>(w.at)));
      out_.write(slot + (":SReturn addr 0x" + hexadecimal(w.code) + " " + w.place() + "\n"));
      return;
    }
    bool is_catch = w.kind == StackWord::Catch;
    out_.write("y" + std::to_string(w.y) + ":" + (is_catch ? "SCatch 0x" + hexadecimal(w.code) + " " + w.place() : element(w.value(), w.at)) + "\n");
  });
}

void TermDump::process(Process& p) {
  std::string pid = print_term(p.pid);
  if (p.dictionary_size) {
    out_.write("=proc_dictionary:" + pid + "\n");
    for (size_t i = 0; i < p.dictionary_capacity; i++)
      if (p.dictionary[i].is<Tuple>()) out_.write(element(p.dictionary[i], p.dictionary + i) + "\n");
  }
  messages(p);
  stack(p);
  out_.write("=proc_heap:" + pid + "\n");
  write_pending();
}

void TermDump::binaries() {
  for (SharedBytes* b : shared_) {
    if (out_.full()) return;
    out_.write("=binary:" + hexadecimal(b) + "\n" + sized_base64(b->data, b->capacity) + "\n");
  }
}

}  // namespace joist
