// The fd and spawn drivers: one stream in, one out.
#pragma once
#include <deque>

#include "vm/port/framing.h"
#include "vm/port/port.h"
#include "vm/sys/poll.h"
#include "vm/sys/stream.h"

namespace joist {

class StreamDriver : public PortDriver {
 public:
  // -1: none. owned: close them when the port ends.
  StreamDriver(int in, int out, bool owned) : in_(in), out_(out), owned_(owned) {}
  ~StreamDriver() override;
  const char* name() const override { return "fd"; }
  const char* description() const override { return owned_ ? "Port is a file" : "Port is UNIX fd not opened by emulator"; }
  // Begins to watch the input; called in the port's first turn or before it is published.
  void start(Port& port);
  void output(Port& port, std::string bytes) override;
  void ready(Port& port, unsigned events) override;
  // Descriptors that we did not open: the size of the terminal that one of them is.
  bool control(Port& port, unsigned operation, std::string_view in, std::string* out) override;
  bool stop(Port& port) override;

 protected:
  // Called once: what is left of a line comes out, and the port's owner hears of the end.
  virtual void input_ended(Port& port) { deliver_end(port); }
  void deliver_end(Port& port) {
    framing_.end(port);
    port.input_ended();
  }
  // Bytes that were read.
  virtual void received(Port& port, std::string_view bytes) { framing_.feed(port, bytes); }
  // Bytes not written yet, after some were added or written.
  virtual void queue_changed(Port& port, size_t bytes) {}
  // Reads what is there now. False once input has ended.
  bool read_available(Port& port);

 private:
  void watch(Port& port);
  void write_queue(Port& port);
  void note_queue(Port& port);
  void output_failed(Port& port, int error);

  int in_, out_;
  bool owned_;
  sys::PollWatch* in_watch_ = nullptr;
  sys::PollWatch* out_watch_ = nullptr;
  std::deque<std::string> queue_;
  size_t written_ = 0;   // of the queue's first element
  size_t queued_ = 0;
  bool write_armed_ = false;
  bool input_over_ = false;
  Framing framing_;
};

// A child process: its stdin and stdout (or descriptors 3 and 4) are the port's streams.
class SpawnDriver final : public StreamDriver {
 public:
  using StreamDriver::StreamDriver;
  const char* name() const override { return "spawn"; }
  const char* description() const override { return "Port controls external process"; }
  bool keeps_output() const override { return false; }
  void child_started(Port& port, int error, int os_pid) override;
  void child_exited(Port& port, int status, int signal) override;
  Word os_pid() const override { return os_pid_; }

 protected:
  void input_ended(Port& port) override;

 private:
  void finish(Port& port);
  Word os_pid_ = 0;
  bool started_ = false, exited_ = false, ended_ = false, finished_ = false;
  int status_ = 0;
};

struct ProgramRequest {
  sys::ChildOptions child;
  PortOptions options;
};
// Opens a port on a new child. The result goes to `opener` as {Ref, Port | Reason}. Null when the port table is full; *error then or
// when no descriptors can be had (an errno value, 0: table full).
Port* spawn_port(ProgramRequest request, Process& opener, RefKey ref, int* error);
// A port on descriptors that are there; owned ones are closed with it. Null when the port table is full.
Port* stream_port(int in, int out, bool owned, const PortOptions& options, Process& opener);

}  // namespace joist
