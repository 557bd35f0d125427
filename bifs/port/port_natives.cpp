// erts_internal:port_*: signals to a port. Most return a reference; the port answers {Ref, Result}, for which erlang.erl waits.
#include <memory>
#include <vector>

#include "bifs/bif.h"
#include "bifs/list_builder.h"
#include "vm/port/port_table.h"
#include "vm/process/hooks.h"
#include "vm/process/process_table.h"
#include "vm/process/registry.h"
#include "vm/process/send.h"
#include "vm/process/system_profile.h"
#include "vm/sys/threads.h"
#include "vm/term/arith.h"
#include "vm/term/etf/etf.h"
#include "vm/term/iolist.h"

namespace joist {
namespace {

// The port that args[0] names; null when it is none or gone.
Port* port_argument(NativeCall& c) {
  Term id = port_of(c.arg(0));
  return id.is_value() ? find_port(id) : nullptr;
}

// A name need not be one that is registered.
bool is_port_argument(NativeCall& c) { return c.arg(0).is_local_port() || c.arg(0).is_atom(); }

// The port's answer when it is idle; else sends the signal and returns the reference with which the port will answer.
Term ask(NativeCall& c, Port& port, PortSignal* s) {
  s->from = c.process.pid;
  s->reply = true;
  ProfiledPortCall call(c.process);
  Term answer;
  if (run_port_now(port, s, c.process, &answer)) return answer;
  Term ref = make_ref(c.heap());
  s->ref = ref_key(ref);
  send_to_port(port, s);
  return ref;
}

PortSignal* new_signal(PortSignalKind kind) {
  auto* s = new PortSignal;
  s->kind = kind;
  return s;
}

// Bytes of an I/O list; false when it is none.
bool flatten(Term t, std::string* out) {
  size_t bits;
  if (!iolist::size_bits(t, iolist::Parts::Bytes, &bits)) return false;
  out->resize(bits / 8);
  iolist::copy(t, reinterpret_cast<uint8_t*>(out->data()));
  return true;
}

// The bytes of a command, as the port's driver wants them; false when `data` is no I/O list.
bool take_output(const Port& port, Term data, PortSignal* s) {
  if (!port.driver->takes_pieces()) return flatten(data, &s->bytes);
  s->pieces = std::make_unique<IoVector>();
  return s->pieces->add(data);
}

// Takes the port's data term out of it under its spin lock; a reader copies and puts it back.
class PortData {
 public:
  explicit PortData(Port& port) : port_(port) {
    while (port_.data_lock.exchange(true, std::memory_order_acquire)) sys::relax_cpu();
  }
  ~PortData() { port_.data_lock.store(false, std::memory_order_release); }

 private:
  Port& port_;
};

constexpr Term info_items[] = {atom::name, atom::links, atom::id, atom::connected, atom::input, atom::output, atom::os_pid};
bool is_info_item(Term item) {
  for (Term t : info_items)
    if (t.same(item)) return true;
  for (Term t : {atom::queue_size, atom::memory, atom::parallelism, atom::locking, atom::registered_name, atom::monitors, atom::monitored_by})
    if (t.same(item)) return true;
  return false;
}

void hook_link(Process& from, Term port, PortSignalKind kind, Word id = 0) {
  Port* p = find_port(port);
  if (!p) {
    if (kind == PortSignalKind::Link) send_link_exit(from, port, atom::noproc);
    return;
  }
  auto* s = new_signal(kind);
  s->from = from.pid;
  s->id = id;
  send_to_port(*p, s);
}

// The signal that {Owner, {command, Data}}, {Owner, close} or {Owner, {connect, Pid}} asks for; null for anything else.
PortSignal* signal_of(const Port& port, Term message) {
  auto outer = message.as<Tuple>();
  if (!outer || outer->arity() != 2 || !outer->at(0).is_local_pid()) return nullptr;
  auto inner = outer->at(1).as<Tuple>();
  std::unique_ptr<PortSignal> s;
  if (outer->at(1).same(atom::close)) {
    s.reset(new_signal(PortSignalKind::Close));
  } else if (inner && inner->arity() == 2 && inner->at(0).same(atom::command)) {
    s.reset(new_signal(PortSignalKind::Command));
    if (!take_output(port, inner->at(1), s.get())) return nullptr;
  } else if (inner && inner->arity() == 2 && inner->at(0).same(atom::connect) && inner->at(1).is_local_pid()) {
    s.reset(new_signal(PortSignalKind::Connect));
    s->id = inner->at(1).raw();
  } else {
    return nullptr;
  }
  s->from = outer->at(0);
  s->send_form = true;
  return s.release();
}

// Port ! Message. What no port understands: exit badsig to the sender, as from the port.
SendStatus hook_send(Process& from, Term port, Term message, bool no_suspend) {
  Port* p = find_port(port);
  if (!p) return SendStatus::Done;
  PortSignal* s = signal_of(*p, message);
  if (!s) {
    send_exit(from, port, atom::badsig);
    return SendStatus::Done;
  }
  s->sender = from.pid;
  if (s->kind == PortSignalKind::Command && p->busy.load()) {
    delete s;
    if (!no_suspend) wait_for_port(from, *p);
    return SendStatus::Suspend;
  }
  // An idle port takes it at once, so that the sender sees whether it is busy then.
  Term no_answer;
  if (p->options.parallelism || !run_port_now(*p, s, from, &no_answer)) send_to_port(*p, s);
  return SendStatus::Done;
}

bool hook_monitor(Process& from, Term port, RefKey ref, Term name) {
  Port* p = find_port(port);
  if (!p) return false;
  auto* s = new_signal(PortSignalKind::Monitor);
  s->from = from.pid;
  s->ref = ref;
  s->term = name;
  send_to_port(*p, s);
  return true;
}

PortSignal* exit_signal(Term from_pid, Term reason, bool from_link) {
  auto* s = new_signal(PortSignalKind::Exit);
  s->kept.set(reason);
  s->term = s->kept.term;
  s->from = from_pid;
  s->from_link = from_link;
  return s;
}

void hook_exit(Term from_pid, Term port, Term reason, bool from_link) {
  if (Port* p = find_port(port)) send_to_port(*p, exit_signal(from_pid, reason, from_link));
}

void hook_link_exit(Term from_pid, Term port, Term reason) {
  if (Port* p = find_port(port)) serve_port_now(*p, exit_signal(from_pid, reason, true));
}

}  // namespace

void install_port_hooks() {
  process_hooks.port_link = [](Process& from, Term port) { hook_link(from, port, PortSignalKind::Link); };
  process_hooks.port_unlink = [](Term from_pid, Term port, Word id) {
    Process* from = find_process(from_pid);
    if (from) hook_link(*from, port, PortSignalKind::Unlink, id);
  };
  process_hooks.port_unlink_ack = [](Term, Term, Word) {};
  process_hooks.port_exit = hook_exit;
  process_hooks.port_link_exit = hook_link_exit;
  process_hooks.port_monitor = hook_monitor;
  process_hooks.port_demonitor = [](Term port, RefKey ref) {
    if (Port* p = find_port(port)) {
      auto* s = new_signal(PortSignalKind::Demonitor);
      s->ref = ref;
      send_to_port(*p, s);
    }
  };
  process_hooks.port_monitor_down = [](Term port, RefKey ref, Term, Term) {
    if (Port* p = find_port(port)) {
      auto* s = new_signal(PortSignalKind::MonitorDown);
      s->ref = ref;
      send_to_port(*p, s);
    }
  };
  process_hooks.port_of_name = [](Term name) { return port_of(name); };
  process_hooks.port_send = hook_send;
}

// kind: Yielding
BIF(erts_internal, port_command, 3) {
  bool no_suspend = false, force = false;
  Term flags = c.arg(2);
  for (; flags.is_cons(); flags = flags.as_cons()->tail) {
    if (flags.as_cons()->head.same(atom::nosuspend)) no_suspend = true;
    else if (flags.as_cons()->head.same(atom::force)) force = true;
    else return atom::badopt;
  }
  if (!flags.is_nil()) return atom::badopt;
  Port* port = port_argument(c);
  if (!port) return atom::badarg;
  if (force && !port->driver->takes_force()) return atom::notsup;
  if (port->busy.load() && !force) {
    if (no_suspend) return atom::false_;
    wait_for_port(c.process, *port);
    return c.wait();
  }
  auto* s = new_signal(PortSignalKind::Command);
  if (!take_output(*port, c.arg(1), s)) {
    delete s;
    return atom::badarg;
  }
  s->force = force;
  c.charge(10 + s->output_size() / 512);
  return ask(c, *port, s);
}

namespace {

// A signal with an operation's number; null: badarg.
std::unique_ptr<PortSignal> operation_signal(NativeCall& c, PortSignalKind kind, Port** port) {
  Word operation;
  *port = port_argument(c);
  if (!*port || !arith::to_uint64(c.arg(1), &operation) || operation > UINT32_MAX) return nullptr;
  std::unique_ptr<PortSignal> s(new_signal(kind));
  s->id = operation;
  return s;
}

}  // namespace

BIF(erts_internal, port_control, 3) {
  Port* port;
  auto s = operation_signal(c, PortSignalKind::Control, &port);
  if (!s || !flatten(c.arg(2), &s->bytes)) return atom::badarg;
  return ask(c, *port, s.release());
}

// {ok, Result}
BIF(erts_internal, port_call, 3) {
  Port* port;
  auto s = operation_signal(c, PortSignalKind::Call, &port);
  if (!s) return atom::badarg;
  Term encoded = etf::encode(c.heap(), c.arg(2), {});
  if (!encoded.is_value() || !flatten(encoded, &s->bytes)) return atom::badarg;
  return ask(c, *port, s.release());
}

BIF(erts_internal, port_close, 1) {
  Port* port = port_argument(c);
  return port ? NativeResult(ask(c, *port, new_signal(PortSignalKind::Close))) : atom::badarg;
}

BIF(erts_internal, port_connect, 2) {
  Port* port = port_argument(c);
  if (!port || !c.arg(1).is_local_pid() || !find_process(c.arg(1))) return atom::badarg;
  auto* s = new_signal(PortSignalKind::Connect);
  s->id = c.arg(1).raw();
  return ask(c, *port, s);
}

BIF(erts_internal, port_info, 1) {
  if (!is_port_argument(c)) return atom::badarg;
  Port* port = port_argument(c);
  if (!port) return atom::undefined;
  auto* s = new_signal(PortSignalKind::Info);
  s->term = nil;
  return ask(c, *port, s);
}

BIF(erts_internal, port_info, 2) {
  if (!is_port_argument(c)) return atom::badarg;
  Port* port = port_argument(c);
  if (!port) return atom::undefined;
  if (!is_info_item(c.arg(1))) return c.arg(1).is_atom() ? atom::badtype : atom::badarg;
  auto* s = new_signal(PortSignalKind::Info);
  s->term = c.arg(1);
  return ask(c, *port, s);
}

BIF(erlang, ports, 0) {
  std::vector<Term> all = ports_of_moment();
  ListBuilder out(c.heap(), all.size());
  for (Term id : all) out.push(id);
  return out.finish();
}

BIF(erlang, port_set_data, 2) {
  Port* port = port_argument(c);
  if (!port) return badarg();
  FragmentTerm kept = copy_to_fragment_with_literals(c.arg(1));
  HeapFragment* old;
  {
    PortData lock(*port);
    old = port->data_fragment;
    port->data_fragment = kept.fragment;
    port->data = kept.term.raw();
  }
  if (old) HeapFragment::destroy_chain(old);
  return atom::true_;
}

BIF(erlang, port_get_data, 1) {
  Port* port = port_argument(c);
  if (!port) return badarg();
  PortData lock(*port);
  Word raw = port->data.load();
  if (!raw) return atom::undefined;
  Term t = Term::from_raw(raw);
  HeapWriter w = c.heap().reserve(Words(copy_size(t)));
  return copy_into(t, w);
}

}  // namespace joist
