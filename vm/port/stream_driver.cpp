// Reading: the poll thread says that the input is readable; the turn reads a few buffers, delivers, and arms again. Writing: a turn
// writes at once what the descriptor takes; the rest is queued until it is writable.
#include "vm/port/stream_driver.h"

#include <cerrno>
#include <memory>

#include "vm/port/port_table.h"
#include "vm/process/process_table.h"
#include "vm/process/send.h"
#include "vm/sched/quiescence.h"
#include "vm/sys/console.h"

namespace joist {
namespace {

constexpr size_t read_size = 65536;
constexpr int reads_a_turn = 8;

// A child's callbacks carry the port's id: the port may be gone when they come.
void* handle_of(Port& port) { return reinterpret_cast<void*>(port.id.raw()); }

// From the poll thread: a child's news.
void tell_port(void* id, PortSignalKind kind, int value, int detail) {
  QuiescentSection section;
  Port* port = find_port(Term::from_raw(reinterpret_cast<Word>(id)));
  if (!port) return;
  auto* s = new PortSignal;
  s->kind = kind;
  s->id = Word(value);
  s->ref.a = Word(detail);
  send_to_port(*port, s);
}

}  // namespace

StreamDriver::~StreamDriver() {
  for (sys::PollWatch* watch : {in_watch_, out_watch_})
    if (watch) sys::poll_unwatch(watch);
  if (!owned_) return;
  if (in_ >= 0) sys::close_stream(in_);
  if (out_ >= 0 && out_ != in_) sys::close_stream(out_);
}

void StreamDriver::start(Port& port) {
  if (in_ >= 0) in_watch_ = watch_for_port(port, in_);
  watch(port);
}

// Waits for more input; what cannot be polled is always ready.
void StreamDriver::watch(Port& port) {
  if (in_ < 0 || input_over_ || port.closing) return;
  if (in_watch_) sys::poll_arm(in_watch_, sys::poll_read);
  else mark_ready(port, sys::poll_read);
}

bool StreamDriver::read_available(Port& port) {
  // Not in the thread's static storage: few threads ever read.
  static thread_local const auto buffer = std::make_unique_for_overwrite<char[]>(read_size);
  for (int i = 0; i < reads_a_turn && !port.closing; i++) {
    int error = 0;
    long n = sys::read_stream(in_, buffer.get(), read_size, &error);
    if (n < 0 && error == 0) return true;
    if (n <= 0) {
      input_over_ = true;
      return false;
    }
    received(port, {buffer.get(), size_t(n)});
    if (size_t(n) < read_size) return true;
  }
  return true;
}

void StreamDriver::ready(Port& port, unsigned events) {
  if (events & sys::poll_write) {
    write_armed_ = false;
    write_queue(port);
  }
  if ((events & sys::poll_read) && !port.closing && in_ >= 0 && !input_over_) {
    if (read_available(port)) watch(port);
    else input_ended(port);
  }
}

void StreamDriver::output(Port& port, std::string bytes) {
  if (out_ < 0) return output_failed(port, EBADF);
  if (!Framing::header(port, &bytes)) return output_failed(port, EINVAL);
  if (bytes.empty()) return;
  queued_ += bytes.size();
  queue_.push_back(std::move(bytes));
  if (!write_armed_) write_queue(port);
  else note_queue(port);
}

void StreamDriver::note_queue(Port& port) {
  port.set_queued(queued_);
  queue_changed(port, queued_);
}

void StreamDriver::write_queue(Port& port) {
  while (!queue_.empty()) {
    int error = 0;
    long n = sys::write_stream(out_, std::string_view(queue_.front()).substr(written_), &error);
    if (n < 0 && error) return output_failed(port, error);
    if (n < 0) {
      if (!out_watch_) out_watch_ = out_ == in_ ? in_watch_ : watch_for_port(port, out_);
      write_armed_ = true;
      if (out_watch_) sys::poll_arm(out_watch_, sys::poll_write);
      else mark_ready(port, sys::poll_write);
      break;
    }
    queued_ -= size_t(n);
    written_ += size_t(n);
    if (written_ == queue_.front().size()) {
      queue_.pop_front();
      written_ = 0;
    }
  }
  note_queue(port);
  if (queue_.empty() && port.closing) port.finish_close();
}

void StreamDriver::output_failed(Port& port, int error) {
  queue_.clear();
  queued_ = 0;
  if (port.closing) return port.finish_close();
  port.close(make_atom(sys::error_name(error)));
}

bool StreamDriver::control(Port&, unsigned operation, std::string_view, std::string* out) {
  constexpr unsigned window_size = 0x018b0900 + 100;  // as the terminal's driver has it
  unsigned size[2];                                   // columns and rows, in the machine's byte order
  if (owned_ || operation != window_size) return false;
  if (!(out_ >= 0 && sys::window_size(out_, &size[0], &size[1])) && !(in_ >= 0 && sys::window_size(in_, &size[0], &size[1]))) return false;
  out->assign(reinterpret_cast<char*>(size), sizeof size);
  return true;
}

bool StreamDriver::stop(Port& port) { return queue_.empty() || !keeps_output(); }

// ---- children

void SpawnDriver::child_started(Port& port, int error, int os_pid) {
  started_ = true;
  os_pid_ = Word(os_pid);
  answer_opener(port, error ? make_atom(sys::error_name(error)) : port.id);
  if (error) {
    while (Link* link = port.links.take_any()) delete link;  // nobody was linked to a port that never was
    exited_ = true;
    return port.close(atom::normal);
  }
  start(port);
}

void SpawnDriver::child_exited(Port& port, int status, int signal) {
  exited_ = true;
  status_ = signal ? 128 + signal : status;
  if (port.closing || ended_) return ended_ ? finish(port) : void();
  // What was written comes first, by the child's descendants too while they hold its pipe: input_ended() tells the status.
  if (!port.options.exit_status || port.options.in) return;
  ended_ = true;
  finish(port);
}

void SpawnDriver::input_ended(Port& port) {
  ended_ = true;
  if (!port.options.exit_status || exited_) finish(port);
}

void SpawnDriver::finish(Port& port) {
  if (port.closing || finished_) return;
  finished_ = true;
  if (port.options.exit_status) port.deliver_exit_status(status_);
  deliver_end(port);
}

Port* spawn_port(ProgramRequest request, Process& opener, RefKey ref, int* error) {
  *error = 0;
  int child_in = -1, our_out = -1, our_in = -1, child_out = -1;
  PortOptions& o = request.options;
  if (o.out && !sys::make_pipe(&child_in, &our_out, false, error)) return nullptr;
  if (o.in && !sys::make_pipe(&our_in, &child_out, true, error)) {
    if (child_in >= 0) sys::close_stream(child_in), sys::close_stream(our_out);
    return nullptr;
  }
  auto& d = request.child.descriptors;
  if (o.use_stdio) d = {o.out ? child_in : 0, o.in ? child_out : 1, o.stderr_to_stdout ? (o.in ? child_out : 1) : 2};
  else d = {0, 1, 2, child_in, child_out};
  // libuv closes what it was given: each descriptor is its own duplicate.
  for (size_t i = 0; i < d.size(); i++) d[i] = sys::duplicate_stream(d[i]);
  if (child_in >= 0) sys::close_stream(child_in);
  if (child_out >= 0) sys::close_stream(child_out);

  Port* port = create_linked_port(new SpawnDriver(our_in, our_out, true), o, opener);
  if (!port) {
    for (int fd : d)
      if (fd >= 0) sys::close_stream(fd);
    return nullptr;
  }
  port->opener.reset(new WaitingOpener{opener.pid, ref});
  sys::ChildCallbacks callbacks;
  callbacks.argument = handle_of(*port);
  callbacks.started = [](void* id, int failure, int pid) { tell_port(id, PortSignalKind::ChildStarted, failure, pid); };
  callbacks.exited = [](void* id, int status, int signal) { tell_port(id, PortSignalKind::ChildExited, status, signal); };
  sys::spawn_child(std::move(request.child), callbacks);
  return port;
}

Port* stream_port(int in, int out, bool owned, const PortOptions& options, Process& opener) {
  auto* driver = new StreamDriver(options.in ? in : -1, options.out ? out : -1, owned);
  Port* port = create_linked_port(driver, options, opener);
  if (!port) {
    delete driver;
    return nullptr;
  }
  driver->start(*port);
  return port;
}

}  // namespace joist
