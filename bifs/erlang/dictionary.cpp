// get/0,1, get_keys/0,1, put/2, erase/0,1.
#include "vm/process/dictionary.h"

#include "bifs/bif.h"

namespace joist {

namespace {
Term or_undefined(Term t) { return t.is_value() ? t : atom::undefined; }
}  // namespace

BIF(erlang, get, 0) { return dictionary::to_list(c.heap(), c.process); }
BIF(erlang, get, 1) { return or_undefined(dictionary::get(c.process, c.arg(0))); }
BIF(erlang, get_keys, 0) { return dictionary::keys(c.heap(), c.process, Term()); }
BIF(erlang, get_keys, 1) { return dictionary::keys(c.heap(), c.process, c.arg(0)); }
BIF(erlang, put, 2) { return or_undefined(dictionary::put(c.process, c.arg(0), c.arg(1))); }
BIF(erlang, erase, 1) { return or_undefined(dictionary::erase(c.process, c.arg(0))); }
BIF(erlang, erase, 0) {
  Term all = dictionary::to_list(c.heap(), c.process);
  dictionary::erase_all(c.process);
  return all;
}

}  // namespace joist
