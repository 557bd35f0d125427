"""The shell on a pseudo-terminal: the same keys go to joist's `erl` and to the real one; the screens must be equal but for the banner."""
import codecs
import fcntl
import hashlib
import os
import pathlib
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import threading
import time

import harness
from harness import ROOT

OUT = ROOT / "build" / "tests" / "terminal"
COLUMNS, ROWS = 60, 60
UP, DOWN, LEFT, RIGHT = "\x1b[A", "\x1b[B", "\x1b[D", "\x1b[C"
CTRL = {key: chr(ord(key) - 64) for key in "ABCDEFGHKLNPRTUWYZ"}


class Screen:
    """What an xterm shows after the bytes it was sent; it knows what a line editor needs."""

    def __init__(self, columns=COLUMNS):
        self.columns, self.rows, self.row, self.column, self.bells = columns, [[]], 0, 0, 0
        self.rest = ""

    def feed(self, text):
        text, self.rest = self.rest + text, ""
        at = 0
        while at < len(text):
            sequence = re.compile(r"\x1b\[([0-9;]*)([A-Za-z])").match(text, at)
            if sequence:
                self.control(sequence.group(2), int(sequence.group(1).split(";")[0] or 1))
                at = sequence.end()
            elif text[at] == "\x1b" and len(text) - at < 8:
                self.rest = text[at:]
                return
            else:
                self.character(text[at])
                at += 1

    def control(self, what, count):
        if what == "A":
            self.row = max(0, self.row - count)
        elif what == "B":
            self.down(count)
        elif what == "C":
            self.column = min(self.columns - 1, self.column + count)
        elif what == "D":
            self.column = max(0, self.column - count)

    def down(self, count=1):
        self.row += count
        while len(self.rows) <= self.row:
            self.rows.append([])

    def character(self, char):
        if char == "\r":
            self.column = 0
        elif char == "\n":
            self.down()
        elif char == "\b":
            self.column = max(0, min(self.column, self.columns) - 1)
        elif char == "\a":
            self.bells += 1
        else:
            width = 2 if 0x1100 <= ord(char) <= 0x115f or 0x2e80 <= ord(char) <= 0xa4cf or 0x1f300 <= ord(char) <= 0x1faff else 1
            if self.column + width > self.columns:
                self.column = 0
                self.down()
            line = self.rows[self.row]
            line.extend([" "] * (self.column + width - len(line)))
            line[self.column:self.column + width] = [char] + [""] * (width - 1)
            self.column += width

    def text(self):
        shown = "\n".join("".join(line).rstrip() for line in self.rows)
        return f"{shown}\n[cursor {self.row}:{self.column}, {self.bells} bells]"


class Terminal:
    """A program on a pseudo-terminal of its own."""

    def __init__(self, command, folder, env=None):
        ours, theirs = pty.openpty()
        self.fd, self.side = ours, theirs
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self.mode_before = termios.tcgetattr(theirs)
        environment = {**os.environ, "TERM": "xterm", "LC_ALL": "C.UTF-8", "HOME": str(folder), "ERL_CRASH_DUMP": "/dev/null", **(env or {})}
        for name in ("ERL_FLAGS", "ERL_AFLAGS", "ERL_ZFLAGS", "COLUMNS", "LINES"):
            environment.pop(name, None)
        self.process = subprocess.Popen([str(part) for part in command], stdin=theirs, stdout=theirs, stderr=theirs, cwd=folder,
                                        env=environment, start_new_session=True, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        self.screen, self.lock = Screen(), threading.Lock()
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        while True:
            try:
                data = os.read(self.fd, 65536)
            except OSError:
                return
            with self.lock:
                self.screen.feed(decoder.decode(data))

    def text(self):
        with self.lock:
            return self.screen.text()

    def send(self, keys):
        os.write(self.fd, keys.encode())

    def wait_for(self, text, count, timeout):
        """Until `text` is on the screen `count` times. False after `timeout` seconds."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            if self.text().count(text) >= count:
                return True
            time.sleep(0.02)
        return False

    def settle(self, seconds=0.15):
        """Until the screen has not changed for a while."""
        before = None
        while (now := self.text()) != before:
            before = now
            time.sleep(seconds)

    def settle_after(self, keys, before, timeout=3):
        """Until the keys have had their effect: the screen changes, and an entered line is followed by the next prompt."""
        end = time.monotonic() + timeout
        line_entered = isinstance(keys, str) and keys[-1:] in ("\r", "\n")
        while time.monotonic() < end and self.process.poll() is None:
            if self.text() != before and (not line_entered or self.at_prompt()):
                break
            time.sleep(0.02)
        self.settle()

    def at_prompt(self):
        with self.lock:
            return "".join(self.screen.rows[self.screen.row]).rstrip().endswith(">")

    def resize(self, columns):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, columns, 0, 0))
        with self.lock:
            self.screen.columns = columns

    def end(self, timeout):
        """The exit code, and whether the program left the terminal's mode as it was."""
        try:
            code = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = "still running"
        restored = termios.tcgetattr(self.side) == self.mode_before
        os.close(self.side)
        return code, restored


def resize(columns):
    return lambda terminal: terminal.resize(columns)


def send_signal(number):
    return lambda terminal: terminal.process.send_signal(number)


# name, [keys or an action, or (keys, text to wait for)], options: args, files, twice (a second run after the first)
CASES = [
    ("expressions", ["1+2.\r", "X = lists:seq(1, 40).\r", "io:format(\"~ts~n\", [[955]]).\r", "foo(\r", "1).\r", "f(X).\r", "1/0.\r", "{1,\r", "2}.\r", "halt().\r"]),
    ("edit", ["hello world", CTRL["A"], "[\"", CTRL["E"], "\", {a}].", LEFT * 3, "bc", RIGHT, "d", "\x7f", CTRL["A"], CTRL["D"], "{", CTRL["E"], "\x7f\x7f", "}.", "\r", "halt().\r"]),
    ("kill-and-yank", ["abc def ghi", "\x1bb", CTRL["K"], CTRL["A"], CTRL["Y"], CTRL["E"], CTRL["W"], CTRL["U"], CTRL["Y"], CTRL["T"], "\x1bf", "\x1bd", "\x1b\x7f", CTRL["A"], CTRL["K"], "ok.\r", "halt().\r"]),
    ("long-line", ["\"" + "0123456789" * 13, CTRL["A"], RIGHT * 40, "inserted", LEFT * 50, "x", "\x7f" * 5, CTRL["E"], "\x7f" * 30, "\".", CTRL["A"], CTRL["K"], CTRL["Y"], "\r", "halt().\r"]),
    ("exact-line", ["\"" + "a" * 55, "b", "c", "\x7f", "\x7f", "bcd", LEFT * 6, "e", "\x7f" * 3, CTRL["E"], "\".\r", "halt().\r"]),
    ("wide", ["\"λäö 漢字 x\"", LEFT * 4, "é", LEFT * 2, "字", "\x7f", CTRL["E"], ".\r", "\"" + "漢" * 40, CTRL["A"], RIGHT * 10, "\x7f", CTRL["E"], "\".\r", "halt().\r"]),
    ("complete", ["lists:rev\t", "[1,2]).\r", "lists:se\t", "\t", "q(1,2).\r", "list\t", "s:\t", CTRL["U"], "erlan\t", "g:no\t", "\x7f" * 30, "halt().\r"]),
    ("history", ["1.\r", "2.\r", "three.\r", UP, UP, "\r", UP, UP, UP, DOWN, "\r", CTRL["P"], CTRL["P"], CTRL["N"], "\r", "halt().\r"]),
    ("search", ["alpha.\r", "beta.\r", "gamma.\r", CTRL["R"], "al", "\r", CTRL["R"], "et", "\x7f", "e", CTRL["E"], "\r", "halt().\r"]),
    ("results", ["1.\r", "v(1).\r", "e(1).\r", "h().\r", "b().\r", "A = 5.\r", "b().\r", "rd(r, {a, b}).\r", "#r{a = 1}.\r", "rl().\r", "halt().\r"]),
    ("jobs", [(CTRL["G"], "-->"), "h\r", "s\r", "j\r", "c 2\r", "node().\r", (CTRL["G"], "-->"), "k 2\r", "j\r", "c\r", "x\r", "c 1\r", "ok.\r", (CTRL["G"], "-->"), "q\r"]),
    ("interrupt-job", ["timer:sleep(infinity).\r", (CTRL["G"], "-->"), "i\r", "c\r", "\r", "yes.\r", "halt().\r"]),
    ("break", ["ok.\r", (CTRL["C"], "distribution"), "c\n", "still.\r", (CTRL["C"], "distribution"), "d\n", "here.\r", (CTRL["C"], "distribution"), "z\n", "\n", "a\n"]),
    ("break-kill", ["spawn(timer, sleep, [infinity]).\r", (CTRL["C"], "distribution"), "kr\n", "r\n", "fine.\r", (CTRL["C"], "distribution"), "q\n"], {"hide": r"(?s)=proc.*?\(k\)ill"}),
    ("interrupt-shell", ["timer:sleep(infinity).\r", CTRL["C"], "ok.\r", "halt().\r"], {"args": ["+Bc"]}),
    ("no-break", ["ok.\r", CTRL["C"], "still.\r", "halt().\r"], {"args": ["+Bi"]}),
    ("default-break", ["ok.\r", CTRL["C"]], {"args": ["+Bd"]}),
    ("resize", ["\"" + "0123456789" * 7, resize(40), CTRL["A"], CTRL["E"], "\".\r", "io:columns().\r", "io:rows().\r", resize(100), "io:columns().\r", "\"" + "0123456789" * 7 + "\".", CTRL["A"], "\r", "halt().\r"]),
    ("io", ["io:get_line(\"line> \").\r", "typed\r", "io:read(\"term> \").\r", "{a,b}.\r", "io:get_chars(\"\", 3).\r", "abc\r", "io:get_password().\r", "secret\r", "halt().\r"]),
    ("output-while-typing", ["spawn(fun() -> timer:sleep(300), io:format(\"from another~n\") end), ok.\r", "half a li", ("", "from another"), "ne.", "\r", "halt().\r"]),
    ("shell-dies", ["exit(bye).\r", "self() ! x, flush().\r", "ok.\r", "halt().\r"]),
    ("modules", ["c(m).\r", "m:f(3).\r", "l(m).\r", "m(m).\r", "c(bad).\r", "ls().\r", "cd(\"/\").\r", "pwd().\r", "halt().\r"],
     {"files": {"m.erl": "-module(m).\n-export([f/1]).\nf(X) -> X * 2.\n", "bad.erl": "-module(bad).\n-export([f/0]).\nf() -> X.\n"}, "hide": r"Compiled: .*|Object file: [^.]*\.beam|Compiler options: .*"}),
    ("oldshell", ["1+2.\n", "{io:columns(), io:rows()}.\n", "io:get_line(\"> \").\n", "text\n", "halt().\n"], {"args": ["-oldshell"]}),
    ("q", ["q().\r"]),
    ("halt-abort", ["erlang:halt(abort).\r"]),
    ("sigterm", [send_signal(signal.SIGTERM)], {"hide": r".*"}),
    ("sighup", [send_signal(signal.SIGHUP)]),
    ("sigabrt", [send_signal(signal.SIGABRT)]),
    ("sigsegv", [send_signal(signal.SIGSEGV)]),
    ("stop-and-continue", ["1.\r", send_signal(signal.SIGSTOP), send_signal(signal.SIGCONT), "2.\r", "abc", LEFT, "\r", ".\r", "halt().\r"]),
    ("shell-history", ["first_one.\r", "second_one.\r", "q().\r"], {"args": ["-kernel", "shell_history", "enabled"], "twice": [UP, UP, UP, "\r", "halt().\r"]}),
    ("dumb", ["1+2.\n", "halt().\n"], {"env": {"TERM": "dumb"}}),
    ("beep", [LEFT, "a", LEFT * 3, "\x7f" * 2, CTRL["E"], ".\r", "halt().\r"]),
    ("paste", ["".join(f"{n},\n" for n in range(30)) + "done.\n", "halt().\r"]),
    ("control-characters", ["\"\x16\x01 \"", LEFT * 2, "\x7f", CTRL["E"], ".\r", "\"a\x1b\x1bb\".\r", "halt().\r"]),
]


def play(terminal, steps, timeout):
    for step in steps:
        keys, text = step if isinstance(step, tuple) else (step, None)
        before = terminal.text()
        if callable(keys):
            keys(terminal)
        else:
            terminal.send(keys)
        if text and not terminal.wait_for(text, before.count(text) + 1 if keys else 1, timeout):
            return
        terminal.settle_after(keys, before if keys else None)


def perform(command, folder, steps, options, timeout):
    """Plays one session; returns the screen with the exit code, and whether the terminal's mode was restored."""
    terminal = Terminal([*command, *options.get("args", [])], folder, options.get("env"))
    try:
        terminal.wait_for("1>", 1, timeout)
        terminal.settle()
        play(terminal, steps, timeout)
        code, restored = terminal.end(timeout)
        terminal.settle()
        return clean(terminal.text() + f"\nended: {code}", folder, options), restored
    finally:
        if terminal.process.poll() is None:
            terminal.process.kill()
            terminal.process.wait()
        os.close(terminal.fd)


def clean(text, folder, options):
    """Without the banner and what differs by nature."""
    text = text.replace(str(folder), "DIR")
    text = re.sub(r"^Erlang/OTP .*(\n[^\n]{0,40}\[[a-z].*)?", "BANNER", text)
    text = re.sub(r"<\d+\.\d+\.\d+>", "<pid>", text)
    text = re.sub(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.\d]*(?:[+-]\d\d:\d\d)?", "TIME", text)
    if "hide" in options:
        text = re.sub(options["hide"], "...", text)
    return text


def problem_of(case, preset):
    name, steps, options = case[0], case[1], case[2] if len(case) > 2 else {}
    timeout = 10 * harness.SLOWDOWN[preset]
    got, restored = session("joist", harness.bin_dir(preset) / "erl", name, steps, options, timeout)
    if not restored:
        return "the terminal's mode was not restored\n" + got
    want = real_screen(name, steps, options)
    return None if got == want else f"the screens differ\n--- real\n{want}\n--- joist\n{got}"


def session(which, program, name, steps, options, timeout):
    folder = OUT / f"{name}-{which}"
    subprocess.run(["rm", "-rf", folder])
    folder.mkdir(parents=True)
    for file, content in options.get("files", {}).items():
        (folder / file).write_text(content)
    screen, restored = perform([program], folder, steps, options, timeout)
    if "twice" in options:
        again, restored_again = perform([program], folder, options["twice"], options, timeout)
        screen, restored = screen + "\n" + again, restored and restored_again
    return screen, restored


def real_screen(name, steps, options):
    """What the real `erl` shows; kept until this file changes. Whether it restores the terminal is its own affair."""
    stamp = hashlib.sha256(pathlib.Path(__file__).read_bytes()).hexdigest()[:16]
    kept = OUT / f"{name}-{stamp}.txt"
    if not kept.exists():
        kept.write_text(session("erl25", harness.ERL, name, steps, options, 20)[0])
    return kept.read_text()


def check(results, preset, jobs):
    OUT.mkdir(parents=True, exist_ok=True)
    chosen = [case for case in CASES if results.wants(f"terminal/{case[0]}")]
    at_once = 4 * jobs  # a session mostly waits for its screen to settle
    for case, problem in zip(chosen, harness.parallel(lambda c: problem_of(c, preset), chosen, at_once)):
        results.add(f"terminal/{case[0]}", problem)
