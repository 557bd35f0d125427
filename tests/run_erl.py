#!/usr/bin/env python3
"""Black-box tests: Erlang programs that run on Joist and on erl; what they print and their exit codes must be equal.

tests/erl/NAME.erl        a module with main/1 that prints; run through tests/erl/support/t.erl
tests/examples/NAME.erl   the same, but run on Joist with `joist run FILE.erl`, so that Joist compiles it too
tests/stress/NAME.erl     as tests/erl, but longer: many processes do the same things at once, for seconds
tests/erl/pending.txt     names of tests that are known to fail, one a line, '#' starts a comment. A listed test that
                          passes is a failure: it must leave the list. The name `*` means that the VM does not boot yet:
                          no program is run.

Comments at the start of a program set its options:
    %% flags: +S 1 ...     emulator flags for both
    %% extra: ARGS         arguments after -extra
    %% timeout: SECONDS    30 without it; for a release build (others get more)
    %% not under: PRESETS  too long for these builds: run there only when named
Where erl itself crashes or hangs now and then, NAME.expected beside NAME.erl says what is to be printed.
"""
import argparse
import hashlib
import json
import pathlib
import re
import sys

import harness
from harness import ERL, ERLC, ROOT, Results, run, say

OUT = ROOT / "build" / "tests"
KINDS = ("erl", "examples", "stress")


class Program:
    def __init__(self, source):
        self.source = source
        self.kind = source.parent.name  # one of KINDS
        self.name = source.stem
        self.label = f"{self.kind}/{self.name}"
        self.ebin = OUT / self.kind
        head = source.read_text().split("-module", 1)[0]
        self.flags = self.option(head, "flags", "").split()
        self.extra = self.option(head, "extra", "").split()
        self.timeout = float(self.option(head, "timeout", "30"))
        self.not_under = self.option(head, "not under", "").split()

    @staticmethod
    def option(head, name, default):
        match = re.search(rf"^%%\s*{name}:\s*(.*)$", head, re.M)
        return match.group(1).strip() if match else default

    def arguments(self, flags=()):
        extra = ["-extra", *self.extra] if self.extra else []
        return ["-noshell", "-noinput", *self.flags, *flags, "-pa", self.ebin, "-pa", OUT / "support", "-run", "t", "run", self.name, *extra]


def programs(kind):
    return [Program(path) for path in sorted((ROOT / "tests" / kind).glob("*.erl"))]


def pending_names():
    path = ROOT / "tests" / "erl" / "pending.txt"
    lines = path.read_text().splitlines() if path.exists() else []
    return {line.split("#")[0].strip() for line in lines} - {""}


def compile_programs(sources, ebin):
    """Compiles what is newer than its beam with the real erlc. Returns the compiler's complaint, or None."""
    ebin.mkdir(parents=True, exist_ok=True)
    stale = [path for path in sources
             if not (beam := ebin / f"{path.stem}.beam").exists() or beam.stat().st_mtime < path.stat().st_mtime]
    if not stale:
        return None
    outcome = run([ERLC, "-o", ebin, *stale], 300)
    return None if outcome.code == 0 else harness.tail(outcome.out + outcome.err, 40)


def answer_key(sources):
    """Changes when erl might answer otherwise."""
    key = hashlib.sha256()
    for path in (*sources, *sorted((ROOT / "tests/erl/support").glob("*.erl")), pathlib.Path(ERL).resolve()):
        key.update(path.read_bytes())
    return key.hexdigest()


def expected(program):
    """What the program prints on erl and its exit code 0; or why there is no such answer, and None. Kept in build/ until the program changes."""
    stated = program.source.with_suffix(".expected")
    if stated.exists():
        return stated.read_bytes(), 0
    key = answer_key([program.source])
    kept = OUT / "expected" / program.kind / f"{program.name}.json"
    if kept.exists() and (value := json.loads(kept.read_text()))["key"] == key:
        return value["out"].encode("latin-1"), value["code"]
    outcome = run([ERL, *program.arguments()], program.timeout * 3, cwd=work_folder(program, "erl"))
    if outcome.code != 0:
        return f"the program fails on erl itself: {outcome.ended()}\n{harness.tail(outcome.out, 5)}".encode(), None
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps({"key": key, "out": outcome.out.decode("latin-1"), "code": outcome.code}))
    return outcome.out, outcome.code


def work_folder(program, vm):
    """An empty folder to run in."""
    folder = OUT / "work" / f"{program.kind}-{program.name}-{vm}"
    if folder.exists():
        for path in sorted(folder.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def first_difference(want, got):
    want_lines, got_lines = want.splitlines(), got.splitlines()
    for number, (a, b) in enumerate(zip(want_lines, got_lines), 1):
        if a != b:
            return number, a, b
    number = min(len(want_lines), len(got_lines))
    return number + 1, *(lines[number] if len(lines) > number else b"(end of output)" for lines in (want_lines, got_lines))


def problem_of(program, preset, vm=None, flags=()):
    """None when Joist (started with `flags` too) behaves as erl does, else what differs."""
    want_out, want_code = expected(program)
    if want_code is None:
        return want_out.decode()
    bin_dir = harness.bin_dir(preset)
    if vm:
        command = [vm, *program.arguments(flags)]
    elif program.kind == "examples":
        command = [bin_dir / "joist", "run", program.source]
    else:
        command = [bin_dir / "erl", *program.arguments(flags)]
    return difference(want_out, want_code, run(command, program.timeout * harness.SLOWDOWN.get(preset, 1), cwd=work_folder(program, "joist")))


def difference(want_out, want_code, got):
    """None when the outcome `got` is as wanted, else what differs."""
    if got.code == want_code and got.out == want_out:
        return None
    lines = [got.ended() + (f", erl: {want_code}" if got.code != want_code else "")]
    if got.out != want_out:
        number, want_line, got_line = first_difference(want_out, got.out)
        lines += [f"  line {number}", f"    erl:   {want_line.decode(errors='replace')[:400]}",
                  f"    joist: {got_line.decode(errors='replace')[:400]}"]
    if got.err:
        lines += ["  standard error:", *("    " + line[:300] for line in harness.tail(got.err, 12).splitlines())]
    return "\n".join(lines)


def check(results, kind, preset, jobs, vm=None, flags=()):
    """Runs the programs of tests/KIND. With --only, pending tests are run and shown like all others."""
    pending = pending_names()
    chosen = [program for program in programs(kind) if results.wants(program.label)]
    if not results.only:
        chosen = [program for program in chosen if preset not in program.not_under]
    if not chosen:
        return
    if "*" in pending and not results.only and not vm:
        say(f"  {kind}: {len(chosen)} programs not run: tests/erl/pending.txt says that the VM does not boot yet")
        if harness.boots(preset):
            results.add(f"{kind}/boot", "the VM boots: take the line `*` out of tests/erl/pending.txt")
        return
    complaint = (compile_programs(sorted((ROOT / "tests/erl/support").glob("*.erl")), OUT / "support") or
                 compile_programs([program.source for program in chosen], OUT / kind))
    if complaint:
        results.add(f"{kind}/compile", "erlc failed\n" + complaint)
        return
    known = []
    for program, problem in zip(chosen, harness.parallel(lambda p: problem_of(p, preset, vm, flags), chosen, jobs)):
        if program.label in pending and not results.only:
            if problem is None:
                results.add(program.label, "passes now: take it out of tests/erl/pending.txt")
            else:
                known.append(program.label)
        else:
            results.add(program.label, problem)
    if known:
        say(f"  {len(known)} known failures: {' '.join(known)}")


def main():
    parser = argparse.ArgumentParser(description=f"Runs the programs of tests/{{{','.join(KINDS)}}} on Joist and on erl.")
    parser.add_argument("names", nargs="*", help=f"{', '.join(KINDS)}, erl/NAME, or a pattern; all without it")
    parser.add_argument("--preset", default="release")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--vm", help="the erl to run instead of the preset's (such as /usr/bin/erl, to check determinism)")
    parser.add_argument("--flags", default="", help="more emulator flags for Joist (not for examples), such as '+S 4:4'")
    options = parser.parse_args()
    results = Results(options.names)
    for kind in KINDS:
        check(results, kind, options.preset, options.jobs, options.vm, options.flags.split())
    say(f"{results.passed} passed, {results.failed} failed")
    return 1 if results.failed else 0


if __name__ == "__main__":
    sys.exit(main())
