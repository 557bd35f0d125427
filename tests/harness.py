"""What the test runners share: where things are, how a command is run, and how results are counted."""
import concurrent.futures
import dataclasses
import fnmatch
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
ERL = "/usr/bin/erl"
ERLC = "/usr/bin/erlc"
# A sanitizer's first report ends the program. It goes to a file of the process that reports: a report of a node that the
# test's program starts, and whose end nobody looks at, is found too.
SANITIZERS = {"TSAN_OPTIONS": "halt_on_error=1:exitcode=66", "ASAN_OPTIONS": "exitcode=66:detect_leaks=0"}
# How many times longer than a release build a build of this preset may take.
SLOWDOWN = {"release": 1, "debug": 4, "asan": 8, "tsan": 15, "gc-stress": 20}


@dataclasses.dataclass
class Outcome:
    """The end of one command. `code` is None after a timeout, negative after a signal."""
    code: int | None
    out: bytes
    err: bytes
    seconds: float
    report: str = ""  # the first sanitizer report of the command or of what it started; then `code` is 66

    def ended(self):
        if self.report:
            return "a sanitizer's report\n" + "\n".join(self.report.splitlines()[:60])
        if self.code is None:
            return f"timeout after {self.seconds:.0f} s"
        if self.code < 0:
            return f"killed by {signal.Signals(-self.code).name}"
        return f"exit code {self.code}"


class Results:
    """Counts passes and failures and prints each failure when it happens."""

    def __init__(self, only=None):
        self.passed = 0
        self.failed = 0
        self.only = only or []

    def wants(self, name):
        """True when --only is absent, or names this test or one of the folders it is in."""
        return not self.only or any(name == want or name.startswith(want + "/") or fnmatch.fnmatch(name, want)
                                    for want in self.only)

    def wants_section(self, section):
        return not self.only or any(want.split("/")[0] == section or fnmatch.fnmatch(section, want)
                                    for want in self.only)

    def add(self, name, problem=None):
        """One test more. `problem` is the text to show when it failed, None when it passed."""
        if problem is None:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAILED {name}: {problem.rstrip()}", flush=True)


def bin_dir(preset):
    return ROOT / "build" / preset / "bin"


def run(command, timeout, cwd=None, env=None, stdin=subprocess.DEVNULL):
    """Runs the command in a process group of its own; after `timeout` seconds all of the group is killed."""
    with tempfile.TemporaryDirectory(prefix="joist-reports-") as reports:
        sanitizers = {name: f"{value}:log_path={reports}/report" for name, value in SANITIZERS.items()}
        outcome = run_command(command, timeout, cwd, {**sanitizers, **(env or {})}, stdin)
        for path in sorted(pathlib.Path(reports).iterdir()):
            return dataclasses.replace(outcome, code=66, report=path.read_text(errors="replace"))
        return outcome


def run_command(command, timeout, cwd, env, stdin):
    started = time.monotonic()
    environment = {**os.environ, "HOME": str(ROOT / "build"), "LC_ALL": "C.UTF-8", "ERL_CRASH_DUMP": "/dev/null", **env}
    for name in ("ERL_FLAGS", "ERL_AFLAGS", "ERL_ZFLAGS", "ERL_LIBS", "ROOTDIR", "BINDIR"):
        if name not in env:
            environment.pop(name, None)
    try:
        process = subprocess.Popen([str(part) for part in command], cwd=cwd, env=environment, stdin=stdin,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
    except OSError as error:
        return Outcome(127, b"", str(error).encode(), 0.0)
    try:
        out, err = process.communicate(timeout=timeout)
        code = process.returncode
    except subprocess.TimeoutExpired:
        code = None
        kill_group(process)
        out, err = process.communicate()
    else:
        kill_group(process)  # what the command may have left behind
    return Outcome(code, out, err, time.monotonic() - started)


def kill_group(process):
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass


def parallel(function, items, jobs):
    """Calls function(item) in `jobs` threads; yields the results in the order of the items."""
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        yield from pool.map(function, items)


def tail(data, lines=20):
    return "\n".join(data.decode(errors="replace").splitlines()[-lines:])


def boots(preset):
    """True when the `erl` of this preset boots OTP and runs an expression."""
    outcome = run([bin_dir(preset) / "erl", "-noshell", "-noinput", "-eval", "erlang:halt(7)."],
                  20 * SLOWDOWN.get(preset, 1))
    return outcome.code == 7


def say(text):
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit("harness.py is imported by the runners; run tools/test")
