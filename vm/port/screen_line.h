// The line that is being edited, as the terminal shows it: which characters stand where, and what must be sent for the terminal to
// show the line after a change. Knows nothing of ports or descriptors.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "vm/port/terminfo.h"
#include "vm/sys/console.h"

namespace joist {

class ScreenLine {
 public:
  ScreenLine(TerminalAbilities terminal, sys::TerminalCharset charset) : terminal_(std::move(terminal)), charset_(charset) {
    columns_ = terminal_.columns;
  }
  void set_columns(unsigned columns) { columns_ = columns ? columns : terminal_.columns; }
  void set_charset(sys::TerminalCharset charset) { charset_ = charset; }
  sys::TerminalCharset charset() const { return charset_; }

  // Texts are UTF-8; bytes that are not count as characters of their own. A newline ends the line and begins a new one.
  void put(std::string_view text);     // over what stands at the cursor
  void insert(std::string_view text);  // before it
  void move(int characters);           // to the right, or left when negative
  void erase(int characters);          // behind the cursor, or before it when negative
  void beep() { output_.push_back('\a'); }
  // A line this long is given up.
  bool is_too_long() const { return position_ > longest_line; }

  // What to send to the terminal.
  std::string take_output() { return std::exchange(output_, {}); }

 private:
  static constexpr size_t longest_line = 65536;
  // A character takes one cell, or several: "^A", "\351", the blanks of a tab. All but its first are `inner`.
  struct Cell {
    char32_t shown;
    bool inner;
  };
  void add(std::string_view text, bool over);
  void add_character(char32_t ch, bool over);
  void add_cell(char32_t shown, bool inner, bool over);
  void end_line(char32_t ch);
  void show(size_t from, size_t to, bool line_ends);
  void show_cell(const Cell& cell);
  void blank(size_t columns);
  // From the place of one cell to that of another; returns the columns between them.
  int move_cursor(size_t from, size_t to);
  size_t column_of(size_t position) const;
  size_t escape_length(size_t at) const;
  size_t step(int characters) const;
  bool is_plain(char32_t ch) const;
  void repeat(const std::string& what, size_t times);

  TerminalAbilities terminal_;
  sys::TerminalCharset charset_;
  unsigned columns_;
  std::vector<Cell> cells_;
  size_t position_ = 0;  // the cursor's cell
  size_t unshown_ = 0;   // cells from here to position_ were added and not sent yet
  std::string output_;
};

}  // namespace joist
