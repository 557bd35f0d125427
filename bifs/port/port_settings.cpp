#include "bifs/port/port_settings.h"

#include "bifs/file_names.h"
#include "vm/sys/environment.h"
#include "vm/term/arith.h"

namespace joist {
namespace {

constexpr size_t default_line = 512;

// {env, [{Name, Value | false}]}: changes to our own environment. A later `env` replaces an earlier one.
bool read_env(Term list, PortSettings* s) {
  std::vector<std::string> env = sys::all_env();
  for (; list.is_cons(); list = list.as_cons()->tail) {
    auto pair = list.as_cons()->head.as<Tuple>();
    std::string name, value;
    if (!pair || pair->arity() != 2 || !file_list_text(pair->at(0), &name) || name.find('=') != std::string::npos) return false;
    std::string prefix = name + "=";
    std::erase_if(env, [&](const std::string& e) { return e.compare(0, prefix.size(), prefix) == 0; });
    if (pair->at(1).same(atom::false_)) continue;
    if (!file_list_text(pair->at(1), &value)) return false;
    env.push_back(prefix + value);
  }
  s->child.env = std::move(env);
  s->child.has_env = true;
  return list.is_nil();
}

bool read_args(Term list, PortSettings* s) {
  s->has_args = true;
  s->args.clear();
  for (; list.is_cons(); list = list.as_cons()->tail) {
    std::string arg;
    if (!file_name_text(list.as_cons()->head, &arg)) return false;
    s->args.push_back(arg);
  }
  return list.is_nil();
}

// {Low, High} | disabled, in bytes.
bool read_limits(Term t, BusyLimits* out) {
  *out = {};
  if (t.same(atom::disabled)) return out->disabled = true;
  auto pair = t.as<Tuple>();
  Word low, high;
  if (!pair || pair->arity() != 2 || !arith::to_uint64(pair->at(0), &low) || !arith::to_uint64(pair->at(1), &high)) return false;
  constexpr Word most = ~Word(0) - 1;
  if (low < 1 || high < 1 || low > most || high > most) return false;
  out->low = low < high ? low : high;
  out->high = high;
  return true;
}

bool read_pair(Term key, Term value, PortSettings* s) {
  PortOptions& o = s->options;
  if (key.same(atom::packet)) {
    SWord n = value.is_small() ? value.small_value() : 0;
    o.packet = uint8_t(n);
    return n == 1 || n == 2 || n == 4;
  }
  if (key.same(atom::line)) {
    if (!value.is_small() || value.small_value() < 1) return false;
    o.line = size_t(value.small_value());
    return true;
  }
  if (key.same(atom::env)) return read_env(value, s);
  if (key.same(atom::args)) return read_args(value, s);
  if (key.same(atom::arg0)) return s->has_args = s->has_arg0 = true, file_name_text(value, &s->arg0);
  if (key.same(atom::cd)) return s->directory = value, true;
  if (key.same(atom::parallelism)) return o.parallelism = value.same(atom::true_), o.parallelism || value.same(atom::false_);
  if (key.same(atom::busy_limits_port)) return s->has_queue_limits = true, read_limits(value, &o.queue_limits);
  if (key.same(atom::busy_limits_msgq)) {
    bool valid = read_limits(value, &o.command_limits);
    s->has_command_limits = !o.command_limits.disabled;
    return valid;
  }
  return false;
}

bool read_flag(Term flag, PortOptions* o, bool* in, bool* out) {
  if (flag.same(atom::stream)) o->packet = 0;
  else if (flag.same(atom::line)) o->line = default_line;
  else if (flag.same(atom::use_stdio)) o->use_stdio = true;
  else if (flag.same(atom::nouse_stdio)) o->use_stdio = false;
  else if (flag.same(atom::stderr_to_stdout)) o->stderr_to_stdout = true;
  else if (flag.same(atom::binary)) o->binary = true;
  else if (flag.same(atom::in)) *in = true;
  else if (flag.same(atom::out)) *out = true;
  else if (flag.same(atom::eof)) o->eof = true;
  else if (flag.same(atom::exit_status)) o->exit_status = true;
  // These two concern Windows only.
  else return flag.same(atom::hide) || flag.same(atom::overlapped_io);
  return true;
}

}  // namespace

bool read_port_settings(Term list, PortSettings* s) {
  PortOptions& o = s->options;
  bool in = false, out = false;
  s->directory = nil;
  for (; list.is_cons(); list = list.as_cons()->tail) {
    Term t = list.as_cons()->head;
    auto pair = t.as<Tuple>();
    if (pair ? pair->arity() != 2 || !read_pair(pair->at(0), pair->at(1), s) : !read_flag(t, &o, &in, &out)) return false;
  }
  if (in || out) {
    o.in = in;
    o.out = out;
  }
  return list.is_nil() && !(o.line && o.packet) && !(o.stderr_to_stdout && !o.use_stdio);
}

}  // namespace joist
