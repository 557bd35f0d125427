// What port_info/1,2 shows.
#include "vm/port/port.h"

namespace joist {
namespace {

// {Item, Value} of port_info/2; [] for a name it does not have.
Term info_item(Port& port, Term item, HeapWriter& w) {
  auto pair = [&](Term value) { return w.tuple(item, value); };
  if (item.same(atom::connected)) return pair(Term::from_raw(port.owner.load()));
  if (item.same(atom::id)) return pair(Term::small(port.id.immediate_payload() * 8));
  if (item.same(atom::input)) return pair(Term::small(port.bytes_in));
  if (item.same(atom::output)) return pair(Term::small(port.bytes_out));
  if (item.same(atom::queue_size)) return pair(Term::small(port.queued));
  if (item.same(atom::memory)) return pair(Term::small(sizeof(Port) + port.queued));
  if (item.same(atom::parallelism)) return pair(port.options.parallelism ? atom::true_ : atom::false_);
  if (item.same(atom::locking)) return pair(port.driver && port.driver->locks_driver() ? make_atom("driver_level") : atom::port_level);
  if (item.same(atom::os_pid)) {
    Word pid = port.driver ? port.driver->os_pid() : 0;
    return pair(pid ? Term::small(pid) : atom::undefined);
  }
  if (item.same(atom::registered_name)) {
    Word name = port.registered_name.load();
    return name ? pair(Term::from_raw(name)) : nil;
  }
  if (item.same(atom::name)) {
    Term list = nil;
    for (size_t i = port.options.name.size(); i-- > 0;) list = w.cons(Term::small(uint8_t(port.options.name[i])), list);
    return pair(list);
  }
  if (item.same(atom::links)) {
    Term list = nil;
    port.links.each([&](Link& l) { list = w.cons(l.peer, list); });
    return pair(list);
  }
  if (item.same(atom::monitors)) return pair(nil);
  if (item.same(atom::monitored_by)) {
    Term list = nil;
    port.monitors.each([&](MonitoredBy& m) { list = w.cons(m.watcher.term, list); });
    return pair(list);
  }
  return atom::badarg;
}

}  // namespace

size_t port_info_words(const Port& port) { return 64 + 2 * (port.options.name.size() + port.links.size() + port.monitors.size()); }

Term port_info(Port& port, Term item, HeapWriter& w) {
  if (!item.is_nil()) return info_item(port, item, w);
  Term list = nil;
  for (Term each : {atom::os_pid, atom::output, atom::input, atom::connected, atom::id, atom::links, atom::name})
    list = w.cons(info_item(port, each, w), list);
  if (port.registered_name.load()) list = w.cons(info_item(port, atom::registered_name, w), list);
  return list;
}

}  // namespace joist
