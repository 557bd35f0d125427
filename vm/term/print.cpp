// Terms as erlang:display/1 and the crash dump show them. An explicit stack holds what is still to be printed: terms, arrays of
// them, tails of lists, punctuation.
#include "vm/term/print.h"

#include <cstdio>
#include <utility>

#include "vm/base/work_stack.h"
#include "vm/term/arith.h"
#include "vm/term/atom.h"
#include "vm/term/bits.h"
#include "vm/term/fun_identity.h"
#include "vm/term/identity.h"

namespace joist {

namespace {

// ---- characters, in Latin-1

bool is_lower(unsigned c) { return (c >= 'a' && c <= 'z') || (c >= 0xdf && c <= 0xff && c != 0xf7); }
bool is_upper(unsigned c) { return (c >= 'A' && c <= 'Z') || (c >= 0xc0 && c <= 0xde && c != 0xd7); }
bool is_digit(unsigned c) { return c >= '0' && c <= '9'; }
bool is_control(unsigned c) { return c < ' ' || c == 127 || (c >= 128 && c < 160); }
bool is_space(unsigned c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

// Code point at s[*i], which advances. The text is valid UTF-8.
unsigned next_character(std::string_view s, size_t* i) {
  unsigned c = uint8_t(s[(*i)++]);
  if (c < 0x80) return c;
  unsigned more = c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
  c &= 0x3f >> more;
  while (more-- > 0) c = c << 6 | (uint8_t(s[(*i)++]) & 0x3f);
  return c;
}

bool needs_quotes(std::string_view text) {
  if (text.empty()) return true;
  size_t i = 0;
  if (!is_lower(next_character(text, &i))) return true;
  while (i < text.size()) {
    unsigned c = next_character(text, &i);
    if (!is_lower(c) && !is_upper(c) && !is_digit(c) && c != '_') return true;
  }
  return false;
}

void append_atom(std::string& out, std::string_view text) {
  bool quotes = needs_quotes(text);
  if (quotes) out += '\'';
  for (size_t i = 0; i < text.size();) {
    size_t start = i;
    unsigned c = next_character(text, &i);
    switch (c) {
      case '\'': out += "\\'"; continue;
      case '\\': out += "\\\\"; continue;
      case '\n': out += "\\n"; continue;
      case '\f': out += "\\f"; continue;
      case '\t': out += "\\t"; continue;
      case '\r': out += "\\r"; continue;
      case '\b': out += "\\b"; continue;
      case '\v': out += "\\v"; continue;
      default: break;
    }
    if (c < ' ' || (c >= 128 && c < 160)) {
      char octal[8];
      std::snprintf(octal, sizeof octal, "\\%03o", c);
      out += octal;
    } else {
      out += text.substr(start, i - start);
    }
  }
  if (quotes) out += '\'';
}

// A flat, non-empty, proper list of printable Latin-1.
bool is_printable_string(Term list) {
  if (!list.is_cons()) return false;
  while (list.is_cons()) {
    Term head = list.as_cons()->head;
    if (!head.is_small() || Word(head.small_value()) > 255) return false;
    auto c = unsigned(head.small_value());
    if (is_control(c) && !is_space(c)) return false;
    list = list.as_cons()->tail;
  }
  return list.is_nil();
}

// What is still to be printed.
struct Item {
  enum Kind : uint8_t { Text, One, Array, Tail } kind;
  const char* text;    // Text
  const Term* array;   // Array
  size_t count;        // Array: elements left
  Term term;           // One; Tail: what follows a list's element
};

class Printer {
 public:
  explicit Printer(size_t limit) : left_(limit > size_t(INT64_MAX) ? INT64_MAX : SWord(limit)) {}

  std::string run(Term t) {
    push(t);
    while (!stack_.empty() && !stopped_) {
      Item item = stack_.pop();
      switch (item.kind) {
        case Item::Text: out_ += item.text; break;
        case Item::One: print(item.term); break;
        case Item::Array:
          if (item.count > 1) {
            push_array(item.array + 1, item.count - 1);
            push_text(",");
          }
          print(*item.array);
          break;
        case Item::Tail: print_elements(item.term); break;
      }
    }
    if (left_ <= 0) out_ += "... ";
    return std::move(out_);
  }

 private:
  void push(Term t) { stack_.push({Item::One, nullptr, nullptr, 0, t}); }
  void push_text(const char* text) { stack_.push({Item::Text, text, nullptr, 0, {}}); }
  void push_array(const Term* array, size_t count) {
    if (count) stack_.push({Item::Array, nullptr, array, count, {}});
  }

  template <class... Args>
  void format(const char* text, Args... args) {
    char buffer[80];
    int n = std::snprintf(buffer, sizeof buffer, text, args...);
    out_.append(buffer, size_t(n));
  }

  // False when the limit is reached.
  bool count_one() {
    if (left_-- > 0) return true;
    stopped_ = true;
    return false;
  }

  void print(Term t) {
    if (!count_one()) return;
    if (t.is_small()) format("%ld", long(t.small_value()));
    else if (t.is_atom()) print_atom_counted(t);
    else if (t.is_nil()) out_ += "[]";
    else if (t.is_cons()) print_list(t);
    else if (t.is_inline_float()) format("%.6e", t.inline_float_value());
    else if (t.is_boxed()) print_boxed(t);
    else if (t.is_local_pid()) print_pid(t);
    else if (t.is_local_port()) print_port(t);
    else if (t.is_non_value()) out_ += "<TNV>", stopped_ = true;
    else format("<unknown:%lx>", long(t.raw()));
  }

  void print_boxed(Term t) {
    switch (header_kind(t.header())) {
      case Kind::Tuple:
        out_ += '{';
        push_text("}");
        push_array(t.as<Tuple>()->elements, t.as<Tuple>()->arity());
        break;
      case Kind::FlatMap: print_flat_map(*t.as<FlatMap>()); break;
      // Large maps are shown as the tries they are.
      case Kind::MapRoot:
        format("#<%x>{", t.as<MapRoot>()->bitmap());
        push_text("}");
        push_array(t.as<MapRoot>()->children, header_words(t.header()) - 1);
        break;
      case Kind::MapNode:
        format("<%x>{", t.as<MapNode>()->bitmap());
        push_text("}");
        push_array(t.as<MapNode>()->children, header_words(t.header()));
        break;
      case Kind::Fun: {
        auto& id = fun_identity(*t.as<Fun>());
        out_ += "#Fun<";
        out_ += atom_text(id.module);
        format(".%d.%d>", int(id.old_index), int(id.old_uniq));
        break;
      }
      case Kind::ExportFun: {
        auto& id = export_identity(*t.as<ExportFun>());
        out_ += "fun ";
        append_atom(out_, atom_text(id.module));
        out_ += ':';
        append_atom(out_, atom_text(id.function));
        format("/%u", id.arity);
        left_ -= SWord(atom_text(id.module).size() + atom_text(id.function).size());
        break;
      }
      case Kind::Float: format("%.6e", float_value(t)); break;
      case Kind::Bignum: {
        size_t start = out_.size();
        out_.resize(start + arith::integer_text_size(t, 10));
        out_.resize(start + arith::integer_to_text(t, 10, &out_[start]));
        break;
      }
      case Kind::Ref: case Kind::MagicRef: case Kind::ExternalRef: print_ref(t); break;
      case Kind::ExternalPid: print_pid(t); break;
      case Kind::ExternalPort: print_port(t); break;
      case Kind::MatchContext: out_ += "#MatchState"; break;
      default: print_bits(t); break;
    }
  }

  // Number of the node in a printed identifier: 0 is this one.
  static unsigned channel(Term t) {
    Term name = node_of(t).name;
    return name.same(local_node_name()) ? 0 : name.atom_index();
  }
  void print_pid(Term t) { format("<%u.%u.%u>", channel(t), pid_numbers(t).number, pid_numbers(t).serial); }
  void print_port(Term t) { format("#Port<%u.%lu>", channel(t), static_cast<unsigned long>(port_number(t))); }
  void print_ref(Term t) {
    RefNumbers r = ref_numbers(t);
    size_t ids = 2 * r.count;
    while (ids > 3 && r.id(ids - 1) == 0) ids--;  // the unused half
    format("#Ref<%u", channel(t));
    while (ids-- > 0) format(".%u", r.id(ids));
    out_ += '>';
  }

  void print_atom_counted(Term t) {
    append_atom(out_, atom_text(t));
    left_ -= SWord(atom_text(t).size());
    if (left_ <= 0) stopped_ = true;
  }

  void print_list(Term t) {
    if (!is_printable_string(t)) {
      out_ += '[';
      push_text("]");
      print_elements(t);
      return;
    }
    out_ += '"';
    for (; t.is_cons(); t = t.as_cons()->tail) {
      if (!count_one()) return;
      char c = char(t.as_cons()->head.small_value());
      if (c == '\n') {
        out_ += "\\n";
        continue;
      }
      if (c == '"') out_ += '\\';
      out_ += c;
    }
    out_ += '"';
  }

  // A list without its brackets.
  void print_elements(Term list) {
    Cons* cell = list.as_cons();
    if (cell->tail.is_cons()) {
      stack_.push({Item::Tail, nullptr, nullptr, 0, cell->tail});
      push_text(",");
    } else if (!cell->tail.is_nil()) {
      push(cell->tail);
      push_text("|");
    }
    push(cell->head);
  }

  void print_flat_map(const FlatMap& map) {
    out_ += "#{";
    push_text("}");
    for (size_t i = map.size(); i-- > 0;) {
      push(map.values[i]);
      push_text("=>");
      push(map.key_tuple()->at(i));
      if (i) push_text(",");
    }
  }

  void print_bits(Term t) {
    bits::AlignedBytes bytes(t);
    BitSpan span = bits::span(t);
    unsigned rest = span.size & 7;
    bool text = rest == 0 && bytes.size > 0;
    for (size_t i = 0; i < bytes.size && text; i++) text = bytes.data[i] >= ' ' && bytes.data[i] < 127;
    out_ += text ? "<<\"" : "<<";
    for (size_t i = 0; i < bytes.size; i++) {
      if (!text) {
        format(i ? ",%u" : "%u", bytes.data[i]);
      } else {
        if (bytes.data[i] == '"') out_ += '\\';
        out_ += char(bytes.data[i]);
      }
      if (!count_one()) return;
    }
    if (rest) {
      uint8_t last = 0;
      bits::copy(&last, 8 - rest, span.data, span.offset + 8 * bytes.size, rest);
      format(bytes.size ? ",%u:%u" : "%u:%u", last, rest);
    }
    out_ += text ? "\">>" : ">>";
  }

  std::string out_;
  SWord left_;  // terms, list and bitstring elements and atom bytes that may still be printed
  bool stopped_ = false;
  WorkStack<Item> stack_;
};

}  // namespace

std::string print_term(Term t, size_t limit) { return Printer(limit).run(t); }

std::string print_atom(Term atom) {
  std::string out;
  append_atom(out, atom_text(atom));
  return out;
}

}  // namespace joist
