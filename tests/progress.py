"""`joist run` shows what takes long on a terminal, and nothing in a pipe."""
import os
import pty
import subprocess

import harness

OUT = harness.ROOT / "build" / "tests" / "progress"
SLOW = """-module(slow).
-compile({parse_transform, slow_transform}).
-export([main/1]).
main(_) -> timer:sleep(1000), io:format("done~n").
"""
TRANSFORM = """-module(slow_transform).
-export([parse_transform/2]).
parse_transform(Forms, _) -> timer:sleep(1000), Forms.
"""
ERASED = "\r\x1b[K"


def outputs(preset, out_is_terminal, err_is_terminal):
    """What the run writes to standard output and to standard error."""
    command = [harness.bin_dir(preset) / "joist", "run", "--pa", OUT, OUT / "slow.erl"]
    ends = [pty.openpty() if terminal else os.pipe() for terminal in (out_is_terminal, err_is_terminal)]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=ends[0][1], stderr=ends[1][1])
    for _, theirs in ends:
        os.close(theirs)
    process.wait(30 * harness.SLOWDOWN[preset])
    return [everything(ours) for ours, _ in ends]


def everything(fd):
    data = b""
    try:
        while part := os.read(fd, 65536):
            data += part
    except OSError:  # a terminal's end
        pass
    os.close(fd)
    return data.decode()


def problem_of(preset, out_is_terminal, err_is_terminal, shown):
    out, err = outputs(preset, out_is_terminal, err_is_terminal)
    for what in ("compiling", "running"):
        if (f"\r{what} {OUT}/slow.erl: " in err) != (what in shown):
            return f"{what}: {err!r}"
    if err if not shown else not err.endswith(ERASED):
        return f"what is left: {err!r}"
    return None if out.strip() == "done" else f"standard output: {out!r}"


CASES = [("terminal", True, True, ["compiling"]), ("output-in-a-pipe", False, True, ["compiling", "running"]),
         ("pipes", False, False, []), ("errors-in-a-pipe", True, False, [])]


def check(results, preset):
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "slow.erl").write_text(SLOW)
    (OUT / "slow_transform.erl").write_text(TRANSFORM)
    harness.run([harness.ERLC, "-o", OUT, OUT / "slow_transform.erl"], 60)
    for name, *case in CASES:
        if results.wants(f"progress/{name}"):
            results.add(f"progress/{name}", problem_of(preset, *case))
