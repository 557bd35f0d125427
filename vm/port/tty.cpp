// The driver tty_sl: the terminal of the shell. Erlang (kernel's user_drv and edlin) does the editing; a command says what changes in the
// line and the driver makes the terminal show it: an operation byte, then text in UTF-8 or a 16-bit count of characters. Keys come
// as they are typed, in whole characters of UTF-8.
#include <atomic>
#include <cstring>

#include "vm/base/utf8.h"
#include "vm/port/builtin.h"
#include "vm/port/screen_line.h"
#include "vm/port/stream_driver.h"
#include "vm/sys/console.h"

namespace joist {
namespace {

enum Command : uint8_t { Put, Move, Insert, Delete, Beep, PutSync };
// Operations of port_control, counted from a number that no other driver knows.
constexpr unsigned control_base = 0x018b0900;
enum Control : unsigned { WindowSize = 100, GetUnicode, SetUnicode };

// What may be unsent when a PutSync is acknowledged.
constexpr size_t sync_limit = 1024;
constexpr unsigned usual_columns = 80, usual_rows = 24;
constexpr int our_input = 0, our_output = 1;

// There is one terminal.
std::atomic<bool> in_use{false};

class TtyDriver final : public StreamDriver {
 public:
  TtyDriver(TerminalAbilities abilities, sys::TerminalCharset charset)
      : StreamDriver(our_input, our_output, false), line_(std::move(abilities), charset) {}
  ~TtyDriver() override {
    sys::restore_terminal();
    in_use = false;
  }
  const char* name() const override { return "tty_sl"; }
  const char* description() const override { return PortDriver::description(); }
  void opened(Port& port) override { start(port); }
  void output(Port& port, std::string command) override;
  bool control(Port& port, unsigned operation, std::string_view in, std::string* out) override;

 protected:
  void received(Port& port, std::string_view bytes) override;
  void queue_changed(Port& port, size_t bytes) override;

 private:
  void deliver_latin1(Port& port, std::string_view bytes);

  ScreenLine line_;
  std::string partial_;        // the beginning of a character that has not come in whole
  bool owes_answer_ = false;   // {Port, ok} once less than sync_limit is unsent
};

int int16_of(std::string_view bytes) { return bytes.size() < 2 ? 0 : int16_t(uint8_t(bytes[0]) << 8 | uint8_t(bytes[1])); }

void TtyDriver::output(Port& port, std::string command) {
  if (command.empty()) return;
  unsigned columns, rows;
  line_.set_columns(sys::terminal_size(&columns, &rows) ? columns : 0);
  if (line_.is_too_long()) line_.put("\n");
  std::string_view rest = std::string_view(command).substr(1);
  switch (uint8_t(command[0])) {
    case Put:
    case PutSync: line_.put(rest); break;
    case Move: line_.move(int16_of(rest)); break;
    case Insert: line_.insert(rest); break;
    case Delete: line_.erase(int16_of(rest)); break;
    case Beep: line_.beep(); break;
    default: break;
  }
  owes_answer_ = owes_answer_ || uint8_t(command[0]) == PutSync;
  std::string bytes = line_.take_output();
  if (bytes.empty()) queue_changed(port, port.queued);
  else StreamDriver::output(port, std::move(bytes));
}

void TtyDriver::queue_changed(Port& port, size_t bytes) {
  if (!owes_answer_ || bytes >= sync_limit) return;
  owes_answer_ = false;
  port.tell_owner(atom::ok);
}

void TtyDriver::deliver_latin1(Port& port, std::string_view bytes) {
  std::string text;
  for (char ch : bytes) utf8_append(&text, uint8_t(ch));
  port.deliver_data(text);
}

void TtyDriver::received(Port& port, std::string_view bytes) {
  if (line_.charset() != sys::TerminalCharset::Utf8) return deliver_latin1(port, bytes);
  partial_ += bytes;
  auto* begin = reinterpret_cast<const uint8_t*>(partial_.data());
  auto* end = begin + partial_.size();
  auto* p = begin;
  while (p < end) {
    Utf8Step next = utf8_step(p, end);
    if (next.length < 0) break;
    if (next.length == 0) {
      // No terminal of UTF-8 after all.
      line_.set_charset(sys::TerminalCharset::Latin1);
      deliver_latin1(port, partial_);
      return partial_.clear();
    }
    p += next.length;
  }
  if (p > begin) port.deliver_data(std::string_view(partial_).substr(0, size_t(p - begin)));
  partial_.erase(0, size_t(p - begin));
}

bool TtyDriver::control(Port&, unsigned operation, std::string_view in, std::string* out) {
  bool is_utf8 = line_.charset() == sys::TerminalCharset::Utf8;
  switch (operation - control_base) {
    case WindowSize: {
      unsigned size[2];  // in the machine's byte order, as the protocol has it
      if (!sys::terminal_size(&size[0], &size[1])) size[0] = usual_columns, size[1] = usual_rows;
      out->assign(reinterpret_cast<char*>(size), sizeof size);
      return true;
    }
    case GetUnicode: out->push_back(char(is_utf8)); return true;
    case SetUnicode:
      if (in.empty()) return true;
      out->push_back(char(is_utf8));
      if (in[0]) line_.set_charset(sys::TerminalCharset::Utf8);
      else if (is_utf8) line_.set_charset(sys::TerminalCharset::Latin1);
      return true;
    default: return false;
  }
}

// "-c -e": words of a sign and what it switches: c lines, e echo, s signal keys. False for another word.
bool mode_of(const std::string& command, sys::TerminalMode* mode) {
  for (size_t at = command.find(' '); at != std::string::npos; at = command.find(' ', at + 1)) {
    char sign = at + 2 < command.size() ? command[at + 1] : 0;
    if (sign != '+' && sign != '-') return false;
    auto to = sign == '+' ? sys::TerminalSwitch::On : sys::TerminalSwitch::Off;
    if (command[at + 2] == 'c') mode->lines = to;
    if (command[at + 2] == 'e') mode->echo = to;
    if (command[at + 2] == 's') mode->signal_keys = to;
  }
  return true;
}

}  // namespace

PortDriver* create_tty(const std::string& command, PortOptions* options, Term*) {
  sys::TerminalMode mode;
  TerminalAbilities abilities;
  if (!sys::stdin_is_terminal() || !sys::stdout_is_terminal() || !mode_of(command, &mode) || !read_terminal_abilities(&abilities))
    return nullptr;
  if (in_use.exchange(true)) return nullptr;
  if (!sys::set_terminal_mode(mode)) {
    in_use = false;
    return nullptr;
  }
  // Its user must never wait for it.
  options->queue_limits.disabled = options->command_limits.disabled = true;
  return new TtyDriver(std::move(abilities), sys::terminal_charset());
}

}  // namespace joist
