// erlang:display/1 and kin: text on the OS's standard streams, whatever the process's group leader.
#include <cstdio>
#include <string>

#include "bifs/bif.h"
#include "bifs/list_builder.h"
#include "vm/base/utf8.h"
#include "vm/term/print.h"

namespace joist {
namespace {

// Writes a newline as carriage return and newline, as OTP does here: the terminal may be in raw mode.
void put(FILE* stream, const std::string& text) {
  for (char ch : text) {
    if (ch == '\n') fputc('\r', stream);
    fputc(ch, stream);
  }
  fflush(stream);
}

}  // namespace

BIF(erlang, display, 1) {
  put(stdout, print_term(c.arg(0)) + "\n");
  return atom::true_;
}

// Returns the text as well.
BIF(erts_debug, display, 1) {
  std::string text = print_term(c.arg(0)) + "\n";
  put(stdout, text);
  return text_to_list(c.heap(), text);
}

BIF(erlang, display_string, 1) {
  std::string text;
  Term list = c.arg(0);
  for (; list.is_cons(); list = list.as_cons()->tail) {
    Term ch = list.as_cons()->head;
    if (!ch.is_small() || !is_unicode_scalar(ch.small_value())) return badarg();
    utf8_append(&text, uint32_t(ch.small_value()));
  }
  if (!list.is_nil()) return badarg();
  put(stderr, text);
  return atom::true_;
}

BIF(erlang, display_nl, 0) {
  put(stderr, "\n");
  return atom::true_;
}

}  // namespace joist
