// erlang:halt/2.
#include "bifs/erlang/halt.h"

#include <cstdio>
#include <cstdlib>

#include "bifs/bif.h"
#include "vm/base/utf8.h"
#include "vm/term/bits.h"

namespace joist {

void (*halt_hook)(int status, bool flush, const std::string* slogan) = nullptr;

// Characters of a string that the crash dump shows.
static constexpr size_t longest_slogan = 1023;

// Status: 0…, abort, or a string (the slogan of a crash dump). Options: {flush, Boolean}.
BIF(erlang, halt, 2) {
  bool flush = true;
  Term options = c.arg(1);
  for (; options.is_cons(); options = options.as_cons()->tail) {
    auto t = options.as_cons()->head.as<Tuple>();
    if (!t || t->arity() != 2 || !t->at(0).same(atom::flush)) return badarg();
    if (t->at(1).same(atom::true_)) flush = true;
    else if (t->at(1).same(atom::false_)) flush = false;
    else return badarg();
  }
  if (!options.is_nil()) return badarg();
  Term status = c.arg(0);
  std::string slogan;
  int code = 0;
  bool crash = false;
  if (status.is_small() && status.small_value() >= 0) {
    code = int(status.small_value() & 0xff);
  } else if (status.same(make_atom("abort"))) {
    code = -1;
  } else if (status.is_list()) {
    for (size_t characters = 0; status.is_cons(); status = status.as_cons()->tail) {
      Term ch = status.as_cons()->head;
      if (!ch.is_small() || !is_unicode_scalar(ch.small_value())) return badarg();
      if (++characters <= longest_slogan) utf8_append(&slogan, uint32_t(ch.small_value()));
    }
    if (!status.is_nil()) return badarg();
    code = 1;
    crash = true;
  } else {
    return badarg();
  }
  if (halt_hook) {
    halt_hook(code, flush, crash ? &slogan : nullptr);
    // It may take its time: this process does nothing more.
    return c.wait();
  }
  if (crash) fprintf(stderr, "\r\n%s\r\n", slogan.c_str());
  fflush(nullptr);
  if (code < 0) abort();
  _Exit(code);
}

}  // namespace joist
