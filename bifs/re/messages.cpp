// PCRE2's compile errors as PCRE 8 tells them: its words, and the place where it gives up, which is often where a construct ends
// rather than where it begins.
#include "bifs/re/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

namespace joist::re {
namespace {

struct Message {
  int code;
  int shift;  // of the offset
  const char* text;
};
constexpr const char* after_group = "unrecognized character after (? or (?-";
constexpr const char* assertion = "assertion expected after (?( or (?(?C)";
constexpr const char* bad_zero = "a numbered reference must not be zero";
constexpr const char* bad_condition = "malformed number or name after (?(";
constexpr const char* bad_name = "syntax error in subpattern name (missing terminator)";
constexpr const char* bad_verb = "(*VERB) not recognized or malformed";
constexpr const char* not_supported = "PCRE does not support \\L, \\l, \\N{name}, \\U, or \\u";

constexpr Message different[] = {
    {107, 0, "invalid escape sequence in character class"},
    {109, 0, "nothing to repeat"},
    {114, 0, "missing )"},
    {118, 0, "missing ) after comment"},
    {119, 0, "regular expression is too complicated"},
    {121, 0, "failed to get memory"},
    {122, 0, "unmatched parentheses"},
    {124, 0, bad_condition},
    {126, 0, bad_zero},
    {127, 0, "conditional group contains more than two branches"},
    {128, 1, assertion},
    {129, 1, "digit expected after (?+"},
    {134, 0, "character value in \\x{} or \\o{} is too large"},
    {136, 0, "\\C not allowed in lookbehind assertion"},
    {137, -1, not_supported},
    {138, 0, "number after (?C is > 255"},
    {139, 0, "closing ) for (?C expected"},
    {140, 0, bad_verb},
    {142, 0, bad_name},
    {143, -1, "two named subpatterns have the same name"},
    {144, 0, "group name must start with a non-digit"},
    {147, -1, "unknown property name after \\P or \\p"},
    {148, 0, "subpattern name is too long (maximum 32 characters)"},
    {150, -1, "invalid range in character class"},
    {151, -1, "octal value is greater than \\377 in 8-bit non-UTF-8 mode"},
    {154, 0, "DEFINE group contains more than one branch"},
    {155, 0, "missing opening brace after \\o"},
    {158, 0, "(?R or (?[+-]digits must be followed by )"},
    {161, 0, "number is too big"},
    {165, -1, "different names for subpatterns of the same number are not allowed"},
    {168, 0, "\\c must be followed by an ASCII character"},
    {169, -1, "\\k is not followed by a braced, angle-bracketed, or quoted name"},
    {171, -1, "\\N is not supported in a class"},
    {174, 0, "setting UTF is disabled by the application"},
    {178, 0, "digits missing in \\x{} or \\o{}"},
    {179, 0, bad_condition},
    {182, 0, "closing ) for (?C expected"},
    {193, -1, not_supported},
    {195, 0, bad_verb},
};

// Walks a pattern; sees groups, escapes and classes only.
struct Walker {
  std::string_view text;
  char at(size_t i) const { return i < text.size() ? text[i] : 0; }
  bool before(size_t i, std::string_view what) const { return i >= what.size() && text.substr(i - what.size(), what.size()) == what; }
  // Where the group that begins at `open` ends: its closing parenthesis.
  size_t closing(size_t open) const {
    size_t depth = 0;
    for (size_t i = open; i < text.size(); i++) {
      if (text[i] == '\\') {
        i++;
      } else if (text[i] == '[') {
        i++;
        if (at(i) == '^') i++;
        if (at(i) == ']') i++;
        for (; i < text.size() && text[i] != ']'; i++)
          if (text[i] == '\\') i++;
      } else if (text[i] == '(') {
        depth++;
      } else if (text[i] == ')' && --depth == 0) {
        return i;
      }
    }
    return text.size();
  }
  // The last "(?(" that begins before `offset` and whose condition reaches it.
  bool in_condition(size_t offset) const {
    size_t open = text.rfind("(?(", offset);
    return open != std::string_view::npos && offset <= text.find(')', open);
  }
  size_t past(size_t offset, bool (*belongs)(char)) const {
    while (offset < text.size() && belongs(text[offset])) offset++;
    return offset;
  }
};

bool is_digit(char ch) { return ch >= '0' && ch <= '9'; }
bool is_word(char ch) { return is_digit(ch) || ch == '_' || (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z'); }
bool is_option(char ch) { return ch == '-' || ch == '^' || std::string_view("imsxJUXn").find(ch) != std::string_view::npos; }

void no_such_group(const Walker& w, CompileError* e) {
  size_t p = e->offset;
  if (w.before(p, "\\g0") || w.before(p, "\\g{0}")) *e = {bad_zero, p - 1};
  else if (w.in_condition(p)) e->offset = w.text.find(')', p) + 1;
  else if (p > 0 && std::string_view("{<'&=>").find(w.at(p - 1)) != std::string_view::npos && !is_digit(w.at(p)) && w.at(p) != '-')
    e->offset = w.past(p, is_word);
  else if (w.before(p, "\\") || w.before(p, "\\g") || w.before(p, "\\g{")|| w.at(p) == '\\' || w.at(p) == '}' ) e->offset = w.text.size();
}

// The pattern ends, or goes on wrongly, inside a group.
void unfinished_group(const Walker& w, CompileError* e) {
  size_t open = w.text.rfind("(?", e->offset);
  if (open == std::string_view::npos) return;
  std::string_view inside = w.text.substr(open + 2, e->offset - open - 2);
  size_t options = 0;
  while (options < inside.size() && is_option(inside[options])) options++;
  if (inside == "P") e->message = "unrecognized character after (?P";
  else if (inside == "(") e->message = assertion;
  else if (inside == "C") e->message = "closing ) for (?C expected";
  else if (inside == "^") *e = {after_group, open + 2};
  else if (options == inside.size()) e->message = after_group;
  else if (w.past(open + 2, is_digit) == e->offset) e->message = "(?R or (?[+-]digits must be followed by )";
}

void name_expected(const Walker& w, CompileError* e) {
  if (w.before(e->offset, "(?(<") || w.before(e->offset, "(?('")) e->message = assertion;
  else if (w.before(e->offset, "(?P<")) e->message = bad_name;
  else if (w.before(e->offset, "(?<")) e->message = "unrecognized character after (?<";
  else if (w.before(e->offset, "\\g{"))
    e->message = "\\g is not followed by a braced, angle-bracketed, or quoted name/number or by a plain number";
}

}  // namespace

CompileError classic_error(int code, size_t offset, std::string_view text) {
  if (code < 0) return {"invalid UTF-8 string", offset};
  uint8_t words[256];
  pcre2_get_error_message(code, words, sizeof words);
  CompileError e{reinterpret_cast<char*>(words), offset};
  for (const Message& m : different)
    if (m.code == code) e = {m.text, offset + size_t(m.shift) <= text.size() ? offset + size_t(m.shift) : offset};
  Walker w{text};
  switch (code) {
    case 114: unfinished_group(w, &e); break;
    case 115: no_such_group(w, &e); break;
    case 125: e.offset = w.closing(offset); break;
    case 127: case 154:
      if (offset >= 3) e.offset = w.closing(offset - 3);
      break;
    case 142:
      if (text.rfind("(?(R", offset) != std::string_view::npos) e.message = bad_condition;
      break;
    case 157:
      if (w.before(offset, "\\g")) e = {bad_zero, offset - 1};
      break;
    case 161: e.offset = w.past(offset, is_digit); break;
    case 162: name_expected(w, &e); break;
    case 164: e.offset = w.past(offset, [](char ch) { return ch >= '0' && ch <= '7'; }); break;
    case 178:  // digits are missing
      if (w.before(offset, "\\x{") && offset == text.size()) e.message = "non-hex character in \\x{} (closing brace missing?)";
      else if (w.before(offset, "\\o{") && offset == text.size()) e.message = "non-octal character in \\o{} (closing brace missing?)";
      else if (w.before(offset, "\\o{")) e.offset -= 2;
      break;
    default: break;
  }
  return e;
}

}  // namespace joist::re
