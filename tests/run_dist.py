#!/usr/bin/env python3
"""Distribution: programs of tests/dist, each on a node a@127.0.0.1 that starts others (tests/dist/support/d.erl).

Each is run on erl with nodes of erl, then on Joist with nodes of Joist, on Joist with nodes of erl and on erl with nodes of Joist: what is
printed must be equal. Every run has a port mapper of its own on a free port: that of the VM under test, Debian's for erl alone.
"""
import argparse
import json
import socket
import subprocess
import sys
import time

import harness
import run_erl
from harness import ERL, ROOT, Results, say

SOURCES = ROOT / "tests" / "dist"
OUT = run_erl.OUT
COOKIE = "tests"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class PortMapper:
    """An epmd on a port of its own."""

    def __init__(self, program):
        self.port = free_port()
        self.process = subprocess.Popen([program, "-port", str(self.port), "-address", "127.0.0.1"], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(500):
            with socket.socket() as s:
                if s.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.01)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


def run_pair(program, vm, peer, epmd, label, slowdown=1):
    with PortMapper(epmd) as mapper:
        command = [vm, "-name", "a@127.0.0.1", "-setcookie", COOKIE, "-start_epmd", "false", *program.arguments()]
        command[-4:-4] = ["-pa", OUT / "dist" / "support"]
        return harness.run(command, program.timeout * slowdown, cwd=run_erl.work_folder(program, label),
                           env={"ERL_EPMD_PORT": str(mapper.port), "PEER_ERL": str(peer)})


def expected(program):
    """What the program prints on nodes of erl; kept in build/ until it changes."""
    key = run_erl.answer_key([program.source, *sorted(SOURCES.glob("support/*.erl"))])
    kept = OUT / "expected" / "dist" / f"{program.name}.json"
    if kept.exists() and (value := json.loads(kept.read_text()))["key"] == key:
        return value["out"].encode("latin-1")
    outcome = run_pair(program, ERL, ERL, "/usr/bin/epmd", "erl", 3)
    if outcome.code != 0:
        return None, f"the program fails on erl itself: {outcome.ended()}\n{harness.tail(outcome.out, 5)}"
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps({"key": key, "out": outcome.out.decode("latin-1")}))
    return outcome.out


def problem_of(program, pair, preset):
    want = expected(program)
    if isinstance(want, tuple):
        return want[1]
    joist = harness.bin_dir(preset) / "erl"
    vm, peer = (joist if name == "joist" else ERL for name in pair)
    got = run_pair(program, vm, peer, harness.bin_dir(preset) / "epmd", "-".join(pair), harness.SLOWDOWN.get(preset, 1))
    return run_erl.difference(want, 0, got)


def check(results, preset, jobs):
    programs = [run_erl.Program(path) for path in sorted(SOURCES.glob("*.erl"))]
    chosen = [(program, pair) for program in programs for pair in (("joist", "joist"), ("joist", "erl"), ("erl", "joist"))
              if results.wants(f"{program.label}/{'-'.join(pair)}") and (results.only or preset not in program.not_under)]
    if not chosen:
        return
    complaint = (run_erl.compile_programs(sorted((ROOT / "tests/erl/support").glob("*.erl")), OUT / "support") or
                 run_erl.compile_programs(sorted(SOURCES.glob("support/*.erl")), OUT / "dist" / "support") or
                 run_erl.compile_programs([program.source for program in programs], OUT / "dist"))
    if complaint:
        results.add("dist/compile", "erlc failed\n" + complaint)
        return
    for program in programs:  # not twice at the same time
        if any(program is chosen_program for chosen_program, _ in chosen):
            expected(program)
    problems = harness.parallel(lambda case: problem_of(*case, preset), chosen, jobs)
    for (program, pair), problem in zip(chosen, problems):
        results.add(f"{program.label}/{'-'.join(pair)}", problem)


def main():
    parser = argparse.ArgumentParser(description="Runs the programs of tests/dist on nodes of Joist and of erl.")
    parser.add_argument("names", nargs="*", help="dist/NAME, dist/NAME/joist-erl, or a pattern; all without it")
    parser.add_argument("--preset", default="release")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    results = Results(options.names)
    check(results, options.preset, options.jobs)
    say(f"{results.passed} passed, {results.failed} failed")
    return 1 if results.failed else 0


if __name__ == "__main__":
    sys.exit(main())
