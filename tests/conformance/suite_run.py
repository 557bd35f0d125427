"""One suite in a fresh VM: starts it, follows the report that conformance_reporter.erl writes, and ends what hangs.

A case has `case_limit` seconds; the reporter kills its process after that. When that did not help within `grace` seconds, or an
init function hangs, the whole VM is killed here. Every planned case without a result then counts as failed.
"""
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import threading
import time

import otp_suites
import results
from results import Result

DROPPED = ("ERL_FLAGS", "ERL_AFLAGS", "ERL_ZFLAGS", "ERL_LIBS", "ROOTDIR", "BINDIR", "EMU", "PROGNAME")


class Run:
    """The state of one suite's run; `results` maps (suite, group, case) to Result."""

    def __init__(self, suite, vm, stage, options):
        self.suite, self.vm, self.options, self.stage = suite, vm, options, stage
        self.folder = otp_suites.OUT / "runs" / options.tag / suite.name
        self.report = self.folder / "report"
        self.results, self.planned, self.running, self.ended = {}, [], {}, False
        self.noted, self.offset = [], 0
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.report.touch()

    def start(self, number):
        beams = otp_suites.runner_beams(self.vm)
        self.mark = f"{os.getpid()}_{number}"
        name = ["-sname", f"conformance_{self.mark}"] if self.options.distributed else []
        path = f"{pathlib.Path(self.vm[0]).parent}:{os.environ['PATH']}"
        environment = {key: value for key, value in os.environ.items() if key not in DROPPED}
        environment |= {"PATH": path, "HOME": str(self.folder), "LC_ALL": "C.UTF-8", "ERL_CRASH_DUMP": "/dev/null",
                        "JOIST_CONFORMANCE": self.mark, "LANG": "C.UTF-8"}
        command = [*self.vm, "-noshell", "-noinput", *name, *self.suite.flags(), "-pa", beams, "-pa", self.stage, "-run", "conformance_reporter", "main",
                   self.stage, self.suite.module, self.folder, self.report, self.options.case_limit, *self.options.case]
        self.output = open(self.folder / "output", "ab")
        self.process = subprocess.Popen([str(part) for part in command], cwd=self.folder, env=environment, start_new_session=True,
                                        stdin=subprocess.DEVNULL, stdout=self.output, stderr=subprocess.STDOUT)

    def follow(self, say):
        """Reads the report until the VM ends; returns why it ended when that was not its own good end."""
        started = heard = time.monotonic()
        problem = None
        while True:
            code = self.process.poll()
            if lines := self.new_lines():
                heard = time.monotonic()
                for line in lines:
                    self.take(line.split("\t"), say)
                continue
            if code is not None:
                break
            now = time.monotonic()
            if now - started > self.options.suite_limit:
                problem = f"the suite took more than {self.options.suite_limit} s"
            elif now - heard > self.options.case_limit + self.options.grace:
                problem = f"nothing happened for {self.options.case_limit + self.options.grace} s"
            if problem:
                break
            time.sleep(0.05)
        self.kill()
        if problem is None and (not self.ended or self.running):
            problem = f"the VM was killed by {signal.Signals(-code).name}" if code < 0 else f"the VM ended with exit code {code}"
        return problem

    def new_lines(self):
        """The complete lines that the report got since the last call."""
        with open(self.report, "rb") as report:
            report.seek(self.offset)
            text = report.read()
        whole = text[:text.rfind(b"\n") + 1]
        self.offset += len(whole)
        return whole.decode(errors="replace").split("\n")[:-1]

    def resume(self, problem, number, say):
        """With --resume: what was running has failed; runs the rest in a new VM, again and again while that makes progress."""
        while self.options.resume and problem and self.running and not problem.startswith("the suite"):
            for group, case in self.running:
                self.fail_running(group, case, problem, say)
            self.running, self.planned, self.ended = {}, [], False
            self.start(number)
            problem = self.follow(say)
        return problem

    def fail_running(self, group, case, problem, say):
        with open(self.report, "a") as report:
            report.write("\t".join(["done", group, case, "failed", "0.00", problem]) + "\n")
        self.offset = self.report.stat().st_size
        self.add(Result(self.suite.name, group, case, "failed", 0.0, problem), say)

    def take(self, fields, say):
        what, fields = fields[0], fields[1:]
        if what == "plan":
            self.planned.append((self.suite.name, *fields))
        elif what == "start":
            self.running[tuple(fields)] = time.monotonic()
        elif what == "done":
            group, case, verdict, seconds, reason = fields
            self.running.pop((group, case), None)
            self.add(Result(self.suite.name, group, case, verdict, float(seconds), reason), say)
        elif what == "config":
            self.noted.append(": ".join(fields))
            say(f"  {self.suite.name} {': '.join(fields)}")
        elif what == "end":
            self.ended = True

    def add(self, result, say):
        old = self.results.get(result.key)
        self.results[result.key] = results.worse(old, result)
        say(line_of(result), result)

    def fill(self, problem, say):
        """Counts the planned cases that have no result as failed."""
        for group, case in self.running:
            if (self.suite.name, group, case) not in self.results:
                self.add(Result(self.suite.name, group, case, "failed", 0.0, problem or "did not end"), say)
        for key in dict.fromkeys(self.planned):
            if key not in self.results and not self.options.case:
                self.add(Result(*key, "failed", 0.0, f"did not run: {problem or '; '.join(self.noted)[:300]}"), say)
        if not self.planned and problem:
            self.add(Result(self.suite.name, "-", "-", "failed", 0.0, problem), say)

    def kill(self):
        """Ends the VM and all that it started: they carry our mark in their environment."""
        mark = f"JOIST_CONFORMANCE={self.mark}".encode()
        for folder in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                if mark in (folder / "environ").read_bytes().split(b"\0"):
                    os.kill(int(folder.name), signal.SIGKILL)
            except OSError:
                pass
        self.process.wait()
        self.output.close()


def line_of(result):
    where = result.suite if result.group == "-" else f"{result.suite} [{result.group}]"
    reason = f"  {result.reason}" if result.reason and result.verdict != "ok" else ""
    return f"{result.verdict:7} {where} {result.case} ({result.seconds:.1f} s){reason}"


class Progress:
    """Prints a line for each case and, on a terminal, a line below that says how far the run is."""

    def __init__(self, quiet):
        self.lock, self.tty, self.quiet = threading.Lock(), sys.stdout.isatty(), quiet
        self.counts = {"ok": 0, "failed": 0, "skipped": 0}
        self.started = time.monotonic()

    def say(self, text, result=None):
        with self.lock:
            if result:
                self.counts[result.verdict] += 1
            if self.tty:
                print("\r\x1b[K", end="")
            if not (self.quiet and result and result.verdict != "failed"):
                print(text)
            if self.tty:
                print(f"{self.total()} ({time.monotonic() - self.started:.0f} s)", end="")
            sys.stdout.flush()

    def total(self):
        return ", ".join(f"{count} {verdict}" for verdict, count in self.counts.items())


def run_suite(suite, number, vm, stage, options, progress):
    """Runs one suite; returns its results in the order in which the cases ended."""
    run = Run(suite, vm, stage, options)
    started = time.monotonic()
    run.start(number)
    problem = run.resume(run.follow(progress.say), number, progress.say)
    run.fill(problem, progress.say)
    counts = [sum(1 for result in run.results.values() if result.verdict == verdict) for verdict in progress.counts]
    note = f": {problem}" if problem else ""
    seconds = time.monotonic() - started
    progress.say(f"{suite.name}: {counts[0]} ok, {counts[1]} failed, {counts[2]} skipped ({seconds:.0f} s){note}")
    return list(run.results.values())


def distributes(vm):
    """True when the VM can be a node of its own; suites that start other nodes need that."""
    name = re.sub(r"\W", "_", f"conformance_probe_{os.getpid()}")
    try:
        return subprocess.run([*vm, "-noshell", "-noinput", "-sname", name,
                               "-eval", "halt(case is_alive() of true -> 7; false -> 8 end)."],
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=30,
                              env={**os.environ, "ERL_CRASH_DUMP": "/dev/null"}).returncode == 7
    except subprocess.TimeoutExpired:
        return False
