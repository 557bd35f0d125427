#include "vm/port/screen_line.h"

#include <catch2/catch.hpp>

using namespace joist;

namespace {

ScreenLine line(unsigned columns = 80, bool wraps_late = true) {
  TerminalAbilities t{"<up>", "<down>", "<", ">", wraps_late, columns};
  return ScreenLine(t, sys::TerminalCharset::Utf8);
}

std::string put(ScreenLine& l, const char* text) {
  l.put(text);
  return l.take_output();
}

}  // namespace

TEST_CASE("what is typed at the end is shown as it is; in the middle the rest is shown again", "[terminal]") {
  ScreenLine l = line();
  CHECK(put(l, "abc") == "abc");
  l.move(-2);
  CHECK(l.take_output() == "<<");
  l.insert("X");
  CHECK(l.take_output() == "Xbc<<");
  l.erase(-2);
  CHECK(l.take_output() == "<<bc  <<<<");
  l.erase(5);
  CHECK(l.take_output() == "  <<");
  l.erase(1);
  CHECK(l.take_output() == "");
}

TEST_CASE("put overwrites; a newline begins a new line", "[terminal]") {
  ScreenLine l = line();
  put(l, "abcd");
  l.move(-4);
  l.take_output();
  CHECK(put(l, "XY") == "XY");
  l.move(9);
  CHECK(l.take_output() == ">>");
  CHECK(put(l, "\nnext") == "\r\nnext");
  l.move(-9);
  CHECK(l.take_output() == "<<<<");
}

TEST_CASE("columns: wide and combining characters, colours, control characters, tabs", "[terminal]") {
  ScreenLine l = line();
  put(l, "漢e\u0301\x1b[1;31mx\x01");
  l.move(-1);
  CHECK(l.take_output() == "<<");  // ^A
  l.move(-20);
  CHECK(l.take_output() == "<<<<");
  ScreenLine tab = line();
  CHECK(put(tab, "a\tb") == "a       b");
  tab.move(-2);
  CHECK(tab.take_output() == "<<<<<<<<");
  ScreenLine latin = line();
  latin.set_charset(sys::TerminalCharset::Latin1);
  CHECK(put(latin, "é\u0085漢") == "\xe9\\205\\x{6F22}");
}

TEST_CASE("lines longer than the terminal", "[terminal]") {
  ScreenLine l = line(10);
  CHECK(put(l, "0123456789") == "0123456789 <");
  l.move(-10);
  CHECK(l.take_output() == "<up>");
  l.insert("ab");
  CHECK(l.take_output() == "ab0123456789<up>");
  l.move(10);
  CHECK(l.take_output() == "<down>");
  ScreenLine early = line(10, false);
  CHECK(put(early, "0123456789") == "0123456789");
  l.set_columns(5);
  l.move(-12);
  CHECK(l.take_output() == "<up><up><<");
}

TEST_CASE("terminfo entries: those of this system and bad ones", "[terminal]") {
  TerminalAbilities t;
  CHECK(!parse_terminfo("", &t));
  CHECK(!parse_terminfo(std::string(100, 'x'), &t));
  // magic, sizes of names, flags, numbers, offsets, table; then these
  auto int16 = [](int n) { return std::string{char(n), char(n >> 8)}; };
  std::string entry = int16(0x11a) + int16(2) + int16(5) + int16(1) + int16(20) + int16(16) + std::string("x\0", 2);
  entry += std::string("\0\0\0\0\1", 5) + std::string(1, 0) + int16(132);
  for (int i = 0; i < 20; i++) entry += int16(i == 11 ? 0 : i == 14 ? 2 : i == 17 ? 4 : i == 19 ? 12 : -1);
  entry += std::string("\n\0\b\0\x1b[C$<5>\0up\0\0", 16);
  REQUIRE(parse_terminfo(entry, &t));
  CHECK(t.wraps_late);
  CHECK(t.columns == 132);
  CHECK(t.down == "\n");
  CHECK(t.left == "\b");
  CHECK(t.right == "\x1b[C");
  for (size_t cut = 0; cut < entry.size(); cut++) parse_terminfo(entry.substr(0, cut), &t);
}
