// erl_ddll: loading and unloading drivers.
#include <cstring>

#include "bifs/bif.h"
#include "bifs/file_names.h"
#include "bifs/list_builder.h"
#include "vm/port/builtin.h"
#include "vm/port/loaded_driver.h"
#include "vm/term/bits.h"
#include "vm/term/iolist.h"

namespace joist {
namespace {

// An atom or an I/O list. False when it is none.
bool driver_name(Term t, std::string* out) {
  if (t.is_atom()) return *out = atom_text(t), !out->empty();
  size_t bits;
  if (!iolist::size_bits(t, iolist::Parts::Bytes, &bits)) return false;
  out->resize(bits / 8);
  iolist::copy(t, reinterpret_cast<uint8_t*>(out->data()));
  return true;
}

bool wait_option(Term value, DriverWait* out) {
  static const Term driver = make_atom("pending_driver"), always = make_atom("pending");
  *out = value.same(driver) ? DriverWait::Driver : DriverWait::Always;
  return value.same(driver) || value.same(always);
}

bool kill_option(Term option) {
  static const Term kill = make_atom("kill_ports");
  return option.same(kill);
}

struct Options {
  bool kill_ports = false;
  DriverWait monitor = DriverWait::No, reload = DriverWait::No;
};

bool driver_options(Term list, bool* kill_ports) {
  for (; list.is_cons(); list = list.as_cons()->tail) {
    if (!kill_option(list.as_cons()->head)) return false;
    *kill_ports = true;
  }
  return list.is_nil();
}

bool load_options(Term list, Options* out) {
  static const Term options = make_atom("driver_options"), monitor = make_atom("monitor"), reload = make_atom("reload");
  for (; list.is_cons(); list = list.as_cons()->tail) {
    auto pair = list.as_cons()->head.as<Tuple>();
    if (!pair || pair->arity() != 2) return false;
    Term key = pair->at(0), value = pair->at(1);
    if (key.same(options) ? !driver_options(value, &out->kill_ports)
        : key.same(monitor) ? !wait_option(value, &out->monitor)
                            : !key.same(reload) || !wait_option(value, &out->reload))
      return false;
  }
  return list.is_nil();
}

bool unload_options(Term list, Options* out) {
  static const Term monitor = make_atom("monitor");
  for (; list.is_cons(); list = list.as_cons()->tail) {
    Term option = list.as_cons()->head;
    auto pair = option.as<Tuple>();
    if (kill_option(option)) out->kill_ports = true;
    else if (!pair || pair->arity() != 2 || !pair->at(0).same(monitor) || !wait_option(pair->at(1), &out->monitor)) return false;
  }
  return list.is_nil();
}

Term answer_term(NativeCall& c, const DriverAnswer& answer) {
  HeapWriter w = c.heap().reserve(Words(4 + 3 + ref_words));
  Term result = answer.result;
  if (answer.error.number)
    result = answer.error.name ? make_atom(answer.error.name) : w.tuple(make_atom("open_error"), Term::small(answer.error.number));
  Term all = answer.has_ref ? w.tuple(atom::ok, result, write_ref(w, answer.ref)) : w.tuple(answer.ok ? atom::ok : atom::error, result);
  c.heap().commit(w);
  return all;
}

Term text_list(NativeCall& c, std::string_view text) {
  ListBuilder list(c.heap(), text.size());
  for (char ch : text) list.push(Term::small(uint8_t(ch)));
  return list.finish();
}

struct Explanation {
  const char* error;
  const char* text;
};
// In OTP's words.
constexpr Explanation explanations[] = {
    {"inconsistent", "Driver name and/or driver options are inconsistent with currently loaded driver"},
    {"linked_in_driver", "Driver is statically linked and cannot be loaded/unloaded"},
    {"permanent", "DDLL driver is permanent an cannot be unloaded/loaded"},
    {"not_loaded", "DDLL driver is not loaded"},
    {"not_loaded_by_this_process", "DDLL driver was not loaded by this process"},
    {"not_pending", "DDLL load not pending for this driver name"},
    {"already_loaded", "DDLL driver is already loaded successfully"},
    {"pending_reload", "Driver reloading is already pending"},
    {"pending_process", "Driver is loaded by others when attempting option {reload, pending_driver}"},
    {"no_error", "No error"},
    {"no_driver_init", "No driver init in dynamic library"},
    {"driver_init_failed", "Driver init failed"},
    {"bad_driver_name", "Bad driver name"},
    {"driver_name_to_long", "Driver name to long"},
    {"driver_incorrect_version", "Driver compiled with incorrect version of erl_driver.h"},
    {"no_ddll_available", "DDLL functionality not available on this platform"},
    {"unspecified_error", "Unspecified dynamic library error"},
    {"symbol_not_found", "Symbol not found in dynamic library"},
};

// [{Pid, Times}] of those who use the driver so.
Term users_term(NativeCall& c, const DriverInfo& info, bool (*is_it)(DriverUse)) {
  struct Count {
    Term pid;
    SWord times;
  };
  std::vector<Count> counts;
  for (const DriverUser& user : info.users) {
    if (!is_it(user.use)) continue;
    size_t i = 0;
    while (i < counts.size() && !counts[i].pid.same(user.pid)) i++;
    if (i == counts.size()) counts.push_back({user.pid, 0});
    counts[i].times++;
  }
  HeapWriter w = c.heap().reserve(Words(5 * counts.size()));
  Term list = nil;
  for (const Count& count : counts) list = w.cons(w.tuple(count.pid, Term::small(count.times)), list);
  return list;
}

Term boolean(bool b) { return b ? atom::true_ : atom::false_; }

// The non-value: there is no such item.
Term info_term(NativeCall& c, const DriverInfo& info, std::string_view item) {
  static const Term linked_in = make_atom("linked_in_driver"), permanent = make_atom("permanent");
  bool is_permanent = !info.built_in && info.status == DriverStatus::Permanent;
  if (item == "linked_in_driver") return boolean(info.built_in);
  if (item == "permanent") return boolean(is_permanent);
  if (item == "driver_options") {
    if (info.built_in) return linked_in;
    return info.kills_ports ? c.heap().reserve(Words(2)).cons(make_atom("kill_ports"), nil) : nil;
  }
  bool (*users)(DriverUse) = nullptr;
  if (item == "processes") users = [](DriverUse u) { return u == DriverUse::Loaded; };
  else if (item == "awaiting_load") users = [](DriverUse u) { return u == DriverUse::AwaitsLoad; };
  else if (item == "awaiting_unload") users = [](DriverUse u) { return u == DriverUse::AwaitsUnload || u == DriverUse::AwaitsUnloadOnly; };
  else if (item != "port_count") return Term();
  if (info.built_in) return linked_in;
  if (is_permanent) return permanent;
  return users ? users_term(c, info, users) : Term::small(info.ports);
}

}  // namespace

BIF(erl_ddll, try_load, 3) {
  Options options;
  std::string name, path;
  if (!load_options(c.arg(2), &options) || !driver_name(c.arg(1), &name)) return badarg();
  if (c.arg(0).is_atom() || !file_name_text(c.arg(0), &path)) return badarg();
  if (find_builtin_driver(name)) return answer_term(c, {.result = make_atom("linked_in_driver")});
  while (!path.empty() && path.back() == '/') path.pop_back();
  return answer_term(c, load_driver(c.process, path + "/" + name, name, options.kill_ports, options.monitor, options.reload));
}

BIF(erl_ddll, try_unload, 2) {
  Options options;
  std::string name;
  if (!unload_options(c.arg(1), &options) || !driver_name(c.arg(0), &name)) return badarg();
  if (find_builtin_driver(name)) return answer_term(c, {.result = make_atom("linked_in_driver")});
  return answer_term(c, unload_driver(c.process, name, options.kill_ports, options.monitor));
}

BIF(erl_ddll, monitor, 2) {
  static const Term driver = make_atom("driver");
  auto pair = c.arg(1).as<Tuple>();
  std::string name;
  if (!c.arg(0).same(driver) || !pair || pair->arity() != 2 || !driver_name(pair->at(0), &name) || !pair->at(1).is_atom()) return badarg();
  std::string_view when = atom_text(pair->at(1));
  DriverUse use = when == "loaded" ? DriverUse::AwaitsLoad : when == "unloaded" ? DriverUse::AwaitsUnload : DriverUse::AwaitsUnloadOnly;
  if (use == DriverUse::AwaitsUnloadOnly && when != "unloaded_only") return badarg();
  Term ref = make_ref(c.heap());
  monitor_driver(c.process, name, pair->at(0), use, ref_key(ref));
  return ref;
}

BIF(erl_ddll, demonitor, 1) {
  if (!is_local_ref(c.arg(0))) return badarg();
  demonitor_driver(c.process, ref_key(c.arg(0)));
  return atom::true_;
}

BIF(erl_ddll, loaded_drivers, 0) {
  std::vector<std::string> names;
  for_each_driver_name([](std::string_view name, void* all) { static_cast<std::vector<std::string>*>(all)->emplace_back(name); }, &names);
  for_each_builtin_driver([](const BuiltinDriver& d, void* all) { static_cast<std::vector<std::string>*>(all)->emplace_back(d.name); }, &names);
  Term list = nil;
  for (size_t i = names.size(); i-- > 0;) {
    Term name = text_list(c, names[i]);
    list = c.heap().reserve(Words(2)).cons(name, list);
  }
  return c.heap().reserve(Words(3)).tuple(atom::ok, list);
}

BIF(erl_ddll, info, 2) {
  std::string name;
  DriverInfo info{DriverStatus::Permanent, true, false, 0, {}};
  if (!driver_name(c.arg(0), &name) || !c.arg(1).is_atom()) return badarg();
  if (!find_builtin_driver(name) && !driver_info(name, &info)) return badarg();
  Term result = info_term(c, info, atom_text(c.arg(1)));
  return result.is_value() ? NativeResult(result) : badarg();
}

BIF(erl_ddll, format_error_int, 1) {
  static const Term open_error = make_atom("open_error");
  if (c.arg(0).is_atom()) {
    for (const Explanation& e : explanations)
      if (atom_text(c.arg(0)) == e.error) return text_list(c, e.text);
    return badarg();
  }
  auto pair = c.arg(0).as<Tuple>();
  if (!pair || pair->arity() != 2 || !pair->at(0).same(open_error) || !pair->at(1).is_small()) return badarg();
  std::string text;
  if (!load_error_text(int(pair->at(1).small_value()), &text)) text = pair->at(1).small_value() > -10 ? "Unspecified error" : "Unknown dlload error";
  return text_list(c, text);
}

}  // namespace joist
