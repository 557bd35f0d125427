// Module os: environment, process id, signals; and what the VM says about its character sets.
#include "bifs/bif.h"
#include "bifs/file_names.h"
#include "bifs/list_builder.h"
#include "bifs/text_settings.h"
#include "vm/base/utf8.h"
#include "vm/sys/environment.h"
#include "vm/sys/os_signals.h"

namespace joist {
namespace {

bool name_of(Term t, std::string* out) { return file_list_text(t, out) && out->find('=') == std::string::npos; }

// Bytes that are not in the encoding of file names become one character each.
Term text_term(Heap& heap, const std::string& text) {
  bool valid = !file_names_are_utf8() || utf8_count(reinterpret_cast<const uint8_t*>(text.data()), text.size()) >= 0;
  return valid ? file_name_term(heap, text) : text_to_list(heap, text);
}

}  // namespace

BIF(os, getenv, 1) {
  std::string name, value;
  if (!name_of(c.arg(0), &name)) return badarg();
  if (!sys::get_env(name.c_str(), &value)) return atom::false_;
  return text_term(c.heap(), value);
}

BIF(os, putenv, 2) {
  std::string name, value;
  if (!name_of(c.arg(0), &name) || !file_list_text(c.arg(1), &value)) return badarg();
  sys::set_env(name.c_str(), value.c_str());
  return atom::true_;
}

BIF(os, unsetenv, 1) {
  std::string name;
  if (!name_of(c.arg(0), &name)) return badarg();
  sys::unset_env(name.c_str());
  return atom::true_;
}

// [{Name, Value}]
BIF(os, env, 0) {
  Term list = nil;
  for (const std::string& pair : sys::all_env()) {
    size_t middle = pair.find('=');
    if (middle == std::string::npos) continue;
    Term name = text_term(c.heap(), pair.substr(0, middle)), value = text_term(c.heap(), pair.substr(middle + 1));
    HeapWriter w = c.heap().reserve(Words(5));
    Term tuple = w.tuple(name, value);
    list = w.cons(tuple, list);
  }
  return list;
}

BIF(os, getpid, 0) { return text_to_list(c.heap(), std::to_string(sys::process_id())); }

BIF(os, set_signal, 2) {
  sys::SignalAction action;
  if (c.arg(1).same(atom::default_)) action = sys::SignalAction::Default;
  else if (c.arg(1).same(atom::ignore)) action = sys::SignalAction::Ignore;
  else if (c.arg(1).same(atom::handle)) action = sys::SignalAction::Handle;
  else return c.badarg(atom::badopt);
  if (!c.arg(0).is_atom()) return badarg();
  int number = sys::signal_number(std::string(atom_text(c.arg(0))).c_str());
  return number && sys::set_signal_action(number, action) ? NativeResult(atom::ok) : badarg();
}

BIF(file, native_name_encoding, 0) { return file_names_are_utf8() ? atom::utf8 : atom::latin1; }
BIF(io, printable_range, 0) { return text_settings.printable_unicode ? atom::unicode : atom::latin1; }
BIF(error_logger, warning_map, 0) { return text_settings.error_logger_warnings; }

}  // namespace joist
