// Columns and cells differ: a wide character is one cell and two columns, a combining one no column, and an escape sequence of colours
// ("\e[1;32m") many cells and no column. The cursor moves by columns, editing counts characters.
#include "vm/port/screen_line.h"

#include <cstdio>
#include <utility>

#include "vm/base/types.h"
#include "vm/base/utf8.h"

namespace joist {
namespace {

constexpr char32_t escape = 0x1b, del = 0x7f;
constexpr size_t tab_width = 8;

// Printed as it is: nothing that a terminal would act on.
bool is_ascii_graphic(char32_t ch) { return ch >= 0x20 && ch < del; }

}  // namespace

bool ScreenLine::is_plain(char32_t ch) const {
  switch (charset_) {
    case sys::TerminalCharset::Utf8: return is_ascii_graphic(ch) || ch >= 0x80;
    case sys::TerminalCharset::Latin1: return is_ascii_graphic(ch) || (ch >= 0xa0 && ch <= 0xff);
    case sys::TerminalCharset::Ascii: return is_ascii_graphic(ch);
  }
  return false;
}

void ScreenLine::repeat(const std::string& what, size_t times) {
  while (times-- > 0) output_ += what;
}

void ScreenLine::show_cell(const Cell& cell) {
  if (charset_ == sys::TerminalCharset::Utf8) utf8_append(&output_, uint32_t(cell.shown));
  else output_.push_back(char(cell.shown));
}

// A terminal that wraps late keeps its cursor behind the last column of a full line: showing what stands at the next line's start, and
// going back over it, brings it there.
void ScreenLine::show(size_t from, size_t to, bool line_ends) {
  for (size_t i = from; i < to; i++) show_cell(cells_[i]);
  if (line_ends || !terminal_.wraps_late || to == 0 || column_of(to) % columns_ != 0) return;
  int width = 1;
  if (to < cells_.size()) {
    show_cell(cells_[to]);
    width = sys::column_width(cells_[to].shown);
  } else {
    output_.push_back(' ');
  }
  repeat(terminal_.left, width > 0 ? size_t(width) : 0);
}

void ScreenLine::add_cell(char32_t shown, bool inner, bool over) {
  if (over && position_ < cells_.size()) cells_[position_] = {shown, inner};
  else cells_.insert(cells_.begin() + SWord(position_), {shown, inner});
  position_++;
}

void ScreenLine::add_character(char32_t ch, bool over) {
  char text[24];
  if (is_plain(ch) || ch == escape) {
    add_cell(ch, false, over);
    return;
  }
  if (ch == '\t') {
    add_cell(' ', false, over);
    while (position_ % tab_width) add_cell(' ', true, over);
    return;
  }
  if (ch < 0x80) snprintf(text, sizeof text, "^%c", ch == del ? '?' : char(ch | 0x40));
  else if (ch < 01000) snprintf(text, sizeof text, "\\%03o", unsigned(ch));
  else snprintf(text, sizeof text, "\\x{%X}", unsigned(ch));
  for (const char* p = text; *p; p++) add_cell(char32_t(*p), p != text, over);
}

void ScreenLine::end_line(char32_t ch) {
  show(unshown_, position_, true);
  output_ += ch == '\n' ? "\r\n" : "\r";
  cells_.erase(cells_.begin(), cells_.begin() + SWord(position_));
  position_ = unshown_ = 0;
}

void ScreenLine::add(std::string_view text, bool over) {
  unshown_ = position_;
  auto* p = reinterpret_cast<const uint8_t*>(text.data());
  for (auto* end = p + text.size(); p < end;) {
    Utf8Step next = utf8_step(p, end);
    char32_t ch = next.length > 0 ? next.ch : *p;
    p += next.length > 0 ? next.length : 1;
    if (ch == '\n' || ch == '\r') end_line(ch);
    else add_character(ch, over);
  }
}

void ScreenLine::put(std::string_view text) {
  add(text, true);
  if (position_ > unshown_) show(unshown_, position_, false);
}

void ScreenLine::insert(std::string_view text) {
  add(text, false);
  show(unshown_, cells_.size(), false);
  move_cursor(cells_.size(), position_);
}

void ScreenLine::move(int characters) {
  size_t to = step(characters);
  move_cursor(position_, to);
  position_ = to;
}

void ScreenLine::erase(int characters) {
  size_t other = step(characters), from = position_ < other ? position_ : other, to = position_ < other ? other : position_;
  if (from == to) return;
  size_t gone = column_of(to) - column_of(from);
  if (position_ == to) move_cursor(to, from);
  cells_.erase(cells_.begin() + SWord(from), cells_.begin() + SWord(to));
  position_ = from;
  show(from, cells_.size(), false);
  blank(gone);
  move_cursor(cells_.size() + gone, from);
}

// Behind the line's end.
void ScreenLine::blank(size_t columns) {
  output_.append(columns, ' ');
  if (!terminal_.wraps_late || (column_of(cells_.size()) + columns) % columns_ != 0) return;
  output_.push_back(' ');
  output_ += terminal_.left;
}

int ScreenLine::move_cursor(size_t from, size_t to) {
  int here = int(column_of(from)), there = int(column_of(to)), width = int(columns_);
  int down = there / width - here / width, right = there % width - here % width;
  repeat(down > 0 ? terminal_.down : terminal_.up, size_t(down > 0 ? down : -down));
  repeat(right > 0 ? terminal_.right : terminal_.left, size_t(right > 0 ? right : -right));
  return there - here;
}

// Cells of the escape sequence that begins at `at`; 0 when none does.
size_t ScreenLine::escape_length(size_t at) const {
  size_t left = cells_.size() - at;
  if (cells_[at].shown != escape) return 0;
  if (left <= 1) return 1;
  if (cells_[at + 1].shown != '[') return 2;
  size_t i = 2;
  while (i < left && (cells_[at + i].shown == ';' || (cells_[at + i].shown >= '0' && cells_[at + i].shown <= '9'))) i++;
  return i + 1;
}

// Counted from the line's start as if lines had no end. Places behind the last cell take a column each.
size_t ScreenLine::column_of(size_t position) const {
  size_t column = position > cells_.size() ? position - cells_.size() : 0;
  if (position > cells_.size()) position = cells_.size();
  for (size_t i = 0; i < position;) {
    if (size_t n = escape_length(i)) {
      i += n;
      continue;
    }
    int width = sys::column_width(cells_[i].shown);
    if (width > 0) column += size_t(width);
    i++;
  }
  return column;
}

size_t ScreenLine::step(int characters) const {
  size_t at = position_;
  for (; characters > 0 && at < cells_.size(); characters--) {
    at++;
    while (at < cells_.size() && cells_[at].inner) at++;
  }
  for (; characters < 0 && at > 0; characters++) {
    at--;
    while (at > 0 && cells_[at].inner) at--;
  }
  return at;
}

}  // namespace joist
