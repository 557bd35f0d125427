// register/2, unregister/1, whereis/1, registered/0.
#include "vm/process/registry.h"

#include <vector>

#include "bifs/bif.h"
#include "vm/port/port_table.h"
#include "vm/port/port_trace.h"
#include "vm/process/hooks.h"
#include "vm/process/process_table.h"
#include "vm/process/send.h"
#include "vm/process/trace_hooks.h"

namespace joist {

namespace {

struct NameEvent final : RequestSignal {
  const char* tag;
  Term name;
  NameEvent(const char* t, Term n) : tag(t), name(n) {}
  bool run(Process& p) override {
    trace_process_event(p, tag, name);
    return true;
  }
  void receiver_gone() override {}
};

struct PortNameEvent final : PortEvent {
  const char* tag;
  Term name;
  PortNameEvent(const char* t, Term n) : tag(t), name(n) {}
  void run(Port& port) override { trace_port_event(port, tag, name); }
};

// The process's or port's name has come or gone.
void trace_name(NativeCall& c, Term id, const char* tag, Term name) {
  if (id.same(c.process.pid)) return trace_process_event(c.process, tag, name);
  if (!trace_ever_used.load(std::memory_order_relaxed)) return;
  if (id.is_local_port()) {
    post_to_port(id, std::make_unique<PortNameEvent>(tag, name));
    return;
  }
  if (Process* p = find_process(id)) send_signal(*p, new NameEvent(tag, name));
}

}  // namespace

BIF(erlang, register, 2) {
  Term name = c.arg(0), target = c.arg(1);
  static const Term none = make_atom("none");
  if (!name.is_atom() || name.same(atom::undefined)) return c.badarg(none);
  if (target.is_local_pid()) {
    Process* p = find_process(target);
    if (!p) return c.badarg(atom::notalive);
    if (!register_process(name, *p)) return c.badarg(whereis(name).is_value() ? none : atom::registered_name);
    trace_name(c, target, "register", name);
    return atom::true_;
  }
  if (target.is_local_port()) {
    Port* port = find_port(target);
    if (!port) return c.badarg(atom::notalive);
    Word unnamed = 0;
    if (!port->registered_name.compare_exchange_strong(unnamed, name.raw())) return c.badarg(atom::registered_name);
    if (!register_port(name, target)) {
      port->registered_name = 0;
      return c.badarg(none);
    }
    // Closed meanwhile: its last turn may not have seen the name.
    if (!find_port(target)) unregister_port(name, target);
    else trace_name(c, target, "register", name);
    return atom::true_;
  }
  return c.badarg(none);
}

BIF(erlang, unregister, 1) {
  Term name = c.arg(0);
  if (!name.is_atom()) return badarg();
  Term target = whereis(name);
  if (!unregister_name(name)) return badarg();
  if (target.is_value()) trace_name(c, target, "unregister", name);
  if (Port* port = target.is_value() ? find_port(target) : nullptr) {
    Word raw = name.raw();
    port->registered_name.compare_exchange_strong(raw, 0);
  }
  return atom::true_;
}

BIF(erlang, whereis, 1) {
  if (!c.arg(0).is_atom()) return badarg();
  Term target = whereis(c.arg(0));
  return target.is_value() ? target : atom::undefined;
}

BIF(erlang, registered, 0) {
  std::vector<Term> names;
  for_each_registered([](Term name, void* arg) { static_cast<std::vector<Term>*>(arg)->push_back(name); }, &names);
  HeapWriter w = c.heap().reserve(Words(2 * names.size()));
  Term list = nil;
  for (Term name : names) list = w.cons(name, list);
  c.charge(names.size() / 8);
  return list;
}

}  // namespace joist
