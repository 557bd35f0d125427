#!/usr/bin/env python3
"""Everything that tools/test does, in order; see SECTIONS. The last line is `N passed, N failed`."""
import argparse
import re
import subprocess
import sys
import time

import bad_input
import command_line
import epmd
import harness
import progress
import run_dist
import run_erl
import terminal
from harness import ROOT, Results, run, say


def build(results, options):
    """Builds the preset; nothing else can be tested when this fails."""
    code = subprocess.run([ROOT / "tools/build", options.preset]).returncode
    results.add("build", None if code == 0 else "does not build")
    return code == 0


def includes(results, options):
    outcome = run([ROOT / "tools/check_includes.py"], 60)
    results.add("includes", None if outcome.code == 0 else "\n" + outcome.out.decode())


def unit(results, options):
    """The Catch2 test cases. A crash of the binary counts as one failure."""
    binary = harness.bin_dir(options.preset) / "joist_unit_tests"
    names = [want.split("/", 1)[1] for want in options.only if want.startswith("unit/")]
    outcome = run([binary, *names], 300 * harness.SLOWDOWN[options.preset])
    text = outcome.out.decode(errors="replace")
    passed = failed = 0
    if match := re.search(r"^All tests passed \(.* in (\d+) test cases?\)", text, re.M):
        passed = int(match.group(1))
    elif match := re.search(r"^test cases:(.*)$", text, re.M):
        counts = {word: int(count) for count, word in re.findall(r"(\d+) (\w+)", match.group(1))}
        passed, failed = counts.get("passed", 0), counts.get("failed", 0)
    results.passed += passed
    results.failed += failed
    if failed:
        say(harness.tail(outcome.out, 80))
    if outcome.code != 0 and not failed or outcome.code == 0 and not passed and names:
        results.add("unit", f"{outcome.ended()}\n{harness.tail(outcome.out + outcome.err, 40)}")


def erl(results, options):
    run_erl.check(results, "erl", options.preset, options.jobs)


def examples(results, options):
    run_erl.check(results, "examples", options.preset, options.jobs)


def stress(results, options):
    run_erl.check(results, "stress", options.preset, options.jobs)


def bad(results, options):
    bad_input.check(results, options.preset, options.all, options.jobs)


def command_lines(results, options):
    pending = run_erl.pending_names()
    if "*" in pending:
        say("  command-line: not run: the VM does not boot yet")
        return
    command_line.check(results, options.preset, options.jobs, pending)


def terminals(results, options):
    if "*" not in run_erl.pending_names():
        terminal.check(results, options.preset, options.jobs)


def port_mapper(results, options):
    epmd.check(results, options.preset, options.jobs)


def progress_lines(results, options):
    progress.check(results, options.preset)


def distribution(results, options):
    run_dist.check(results, options.preset, options.jobs)


def compile_equality(results, options):
    """Compiles a third of OTP's own sources (all with --all) on Joist and on erl; the beams must be equal."""
    if "*" in run_erl.pending_names():
        say("  compile: not run: the VM does not boot yet")
        return
    command = [ROOT / "tools/compile_equality", "--preset", options.preset] + ([] if options.all else ["--third"])
    outcome = run(command, 3600 if options.all else 1200)
    text = outcome.out.decode(errors="replace")
    if match := re.search(r"^(\d+) equal, (\d+) different", text, re.M):
        results.passed += int(match.group(1))
        results.failed += int(match.group(2))
        if int(match.group(2)):
            say(harness.tail(outcome.out, 40))
    else:
        results.add("compile", f"{outcome.ended()}\n{harness.tail(outcome.out + outcome.err)}")


def conformance(results, options):
    """The tool itself on small suites of its own, then the quick ones of OTP's suites: what is expected to pass must pass."""
    vm = harness.bin_dir(options.preset) / "erl"
    for command, last_line in (([ROOT / "tests/conformance/tool_test.py", "--vm", vm], r"^(\d+) passed, (\d+) failed"),
                               ([ROOT / "tools/conformance", "check", "--vm", vm, "--jobs", str(options.jobs)],
                                r"^(\d+) as expected, (\d+) missing")):
        outcome = run(command, 1800)
        if match := re.search(last_line, outcome.out.decode(errors="replace"), re.M):
            results.passed += int(match.group(1))
            results.failed += int(match.group(2))
        if not match or int(match.group(2)):
            results.add("conformance", f"{outcome.ended()}\n{harness.tail(outcome.out + outcome.err, 40)}")


def other_presets(results, options):
    """With --all: the unit tests under the sanitizers and gc-stress."""
    if not options.all or options.preset != "release":
        return
    for preset in ("asan", "tsan", "gc-stress"):
        code = subprocess.run([ROOT / "tools/build", preset, "joist_unit_tests"]).returncode
        results.add(f"presets/{preset}", None if code == 0 else "does not build")
        if code == 0:
            unit(results, argparse.Namespace(**{**vars(options), "preset": preset, "only": []}))


SECTIONS = {"includes": includes, "unit": unit, "erl": erl, "examples": examples, "command-line": command_lines,
            "epmd": port_mapper, "dist": distribution, "terminal": terminals, "progress": progress_lines, "stress": stress, "bad": bad,
            "compile": compile_equality, "conformance": conformance, "presets": other_presets}

# What runs without --only and --all. Of builds that look for errors: what can show them, and ends within an hour.
SECTIONS_OF = {"asan": {"unit", "erl", "examples", "command-line", "epmd", "dist", "stress", "bad"},
               "tsan": {"unit", "erl", "examples", "command-line", "dist", "stress"},
               "gc-stress": {"unit", "erl", "examples", "dist"}}


def main():
    parser = argparse.ArgumentParser(prog="tools/test", description="Builds and tests Joist.")
    parser.add_argument("--only", action="append", default=[], metavar="NAME",
                        help=f"a section ({', '.join(SECTIONS)}), one test (erl/maps, unit/NAME) or a pattern; may be repeated")
    parser.add_argument("--preset", default="release", choices=harness.SLOWDOWN)
    parser.add_argument("--all", action="store_true", help="also what takes long: all of OTP's sources, all mutations, unit tests of the other presets")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    results = Results(options.only)
    if build(results, options):
        for name, section in SECTIONS.items():
            if not results.wants_section(name) or not (
                    options.only or options.all or name in SECTIONS_OF.get(options.preset, SECTIONS)):
                continue
            before, started = (results.passed, results.failed), time.monotonic()
            section(results, options)
            say(f"{name}: {results.passed - before[0]} good, {results.failed - before[1]} bad "
                f"({time.monotonic() - started:.0f} s)")
    say(f"{results.passed} passed, {results.failed} failed")
    return 1 if results.failed else 0


if __name__ == "__main__":
    sys.exit(main())
