// PCRE2's compile errors in the words of PCRE 8, where they differ.
#include "bifs/re/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

namespace joist::re {
namespace {

struct Message {
  int code;
  const char* text;
};
constexpr Message different[] = {
    {107, "invalid escape sequence in character class"},
    {109, "nothing to repeat"},
    {114, "missing )"},
    {118, "missing ) after comment"},
    {119, "parentheses are too deeply nested"},
    {121, "failed to get memory"},
    {122, "unmatched parentheses"},
    {124, "malformed number or name after (?("},
    {126, "digit expected after (?+"},
    {127, "conditional group contains more than two branches"},
    {129, "digit expected after (?+"},
    {133, "parentheses are too deeply nested (stack check)"},
    {134, "character value in \\x{} or \\o{} is too large"},
    {136, "\\C not allowed in lookbehind assertion"},
    {137, "PCRE does not support \\L, \\l, \\N{name}, \\U, or \\u"},
    {138, "number after (?C is > 255"},
    {139, "closing ) for (?C expected"},
    {140, "(*VERB) not recognized or malformed"},
    {142, "syntax error in subpattern name (missing terminator)"},
    {143, "two named subpatterns have the same name"},
    {144, "group name must start with a non-digit"},
    {147, "unknown property name after \\P or \\p"},
    {148, "subpattern name is too long (maximum 32 characters)"},
    {154, "DEFINE group contains more than one branch"},
    {155, "missing opening brace after \\o"},
    {158, "(?R or (?[+-]digits must be followed by )"},
    {161, "number is too big"},
    {168, "\\c must be followed by an ASCII character"},
    {174, "setting UTF is disabled by the application"},
    {178, "digits missing in \\x{} or \\o{}"},
    {179, "malformed number or name after (?("},
    {195, "(*VERB) not recognized or malformed"},
};

}  // namespace

std::string error_message(int code) {
  if (code < 0) return "invalid UTF-8 string";
  for (const Message& m : different)
    if (m.code == code) return m.text;
  uint8_t text[256];
  return pcre2_get_error_message(code, text, sizeof text) < 0 ? "no error" : reinterpret_cast<char*>(text);
}

}  // namespace joist::re
