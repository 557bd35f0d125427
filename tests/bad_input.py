"""Bad input: damaged .beam files, wrong versions, missing and unreadable files, a missing OTP root, wrong flags.

Joist must end with a clear line on standard error and exit code 1 (or accept what happens to be still valid): never a
crash, a hang or silence. Mutated external terms are an Erlang program: tests/erl/etf_mutations.erl.
"""
import shutil
import sys

import harness
from harness import ROOT, run, say

sys.path.insert(0, str(ROOT / "tests" / "fuzz"))
import mutate_beams  # noqa: E402

OUT = ROOT / "build" / "tests" / "bad-input"
BATCH = 100


def check_files(joist, files, timeout):
    """What went wrong with `joist disasm --check FILES`, or None: 0 (all load) and 1 (badfile) are both good ends."""
    outcome = run([joist, "disasm", "--check", *files], timeout)
    if outcome.code in (0, 1):
        return None if outcome.code == 0 or outcome.out or outcome.err else "exit code 1 without a word"
    return f"{outcome.ended()}\n{harness.tail(outcome.err, 12)}"


def check_mutations(results, preset, count, jobs):
    joist = harness.bin_dir(preset) / "joist"
    folder = OUT / "beams"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    files = []
    for label, data in [*mutate_beams.wrong_versions(), *mutate_beams.mutations(count)]:
        path = folder / f"{label}.beam"
        path.write_bytes(data)
        files.append(path)
    timeout = 60 * harness.SLOWDOWN[preset]
    batches = [files[at:at + BATCH] for at in range(0, len(files), BATCH)]
    shown = 0
    for batch, problem in zip(batches, harness.parallel(lambda b: check_files(joist, b, timeout), batches, jobs)):
        if problem is None:
            results.passed += len(batch)
            for path in batch:
                path.unlink()
            continue
        bad = 0
        for path in batch:  # find the culprits
            if found := check_files(joist, [path], timeout / 6):
                bad += 1
                shown += 1
                if shown <= 10:
                    results.add(f"bad/{path.stem}", f"{found}\n  the file: {path}")
                else:
                    results.failed += 1
            else:
                results.passed += 1
        if not bad:
            results.add(f"bad/{batch[0].stem}..", f"only when loaded together: {problem}")


def make_files():
    """Files and folders that the commands of CASES name."""
    OUT.mkdir(parents=True, exist_ok=True)
    module, data = next(mutate_beams.read_modules())
    (OUT / "empty.beam").write_bytes(b"")
    (OUT / "cut.beam").write_bytes(data[:len(data) // 2])
    (OUT / "text.beam").write_text("this is no beam file\n")
    (OUT / "wrong_name.beam").write_bytes(data)
    (OUT / "folder.beam").mkdir(exist_ok=True)
    (OUT / "empty.erl").write_text("")
    (OUT / "syntax.erl").write_text("-module(syntax).\n-export([main/1]).\nmain(_) -> foo(.\n")
    (OUT / "nomain.erl").write_text("-module(nomain).\n-export([start/0]).\nstart() -> ok.\n")
    (OUT / "crash.erl").write_text("-module(crash).\n-export([main/1]).\nmain(_) -> hd(id([])).\nid(X) -> X.\n")
    (OUT / "bad.boot").write_bytes(b"\x83h\x03garbage")


# name, arguments after the binary's folder, environment, needs a VM that boots
CASES = [
    ("no-file", ["joist", "run", "{dir}/none.beam"], {}, False),
    ("no-source", ["joist", "run", "{dir}/none.erl"], {}, False),
    ("folder", ["joist", "run", "{dir}/folder.beam"], {}, False),
    ("run-empty", ["joist", "run", "{dir}/empty.beam"], {}, True),
    ("run-cut", ["joist", "run", "{dir}/cut.beam"], {}, True),
    ("run-text", ["joist", "run", "{dir}/text.beam"], {}, True),
    ("disasm-none", ["joist", "disasm", "{dir}/none.beam"], {}, False),
    ("disasm-empty", ["joist", "disasm", "{dir}/empty.beam"], {}, False),
    ("disasm-cut", ["joist", "disasm", "{dir}/cut.beam"], {}, False),
    ("disasm-text", ["joist", "disasm", "{dir}/text.beam"], {}, False),
    ("disasm-folder", ["joist", "disasm", "{dir}/folder.beam"], {}, False),
    ("unknown-command", ["joist", "frobnicate-no-such-module"], {}, False),
    ("otp-root", ["joist", "--otp-root", "{dir}/no-otp", "run", "lists"], {}, False),
    ("boot-none", ["erl", "-noshell", "-boot", "{dir}/none"], {}, True),
    ("boot-bad", ["erl", "-noshell", "-boot", "{dir}/bad"], {}, True),
    ("flag-unknown", ["erl", "+frob", "-noshell"], {}, True),
    ("flag-number", ["erl", "+P", "abc", "-noshell"], {}, True),
    ("flag-schedulers", ["erl", "+S", "5000", "-noshell"], {}, True),
    ("args-file", ["erl", "-args_file", "{dir}/none.args", "-noshell"], {}, True),
    ("config-none", ["erl", "-noshell", "-config", "{dir}/none", "-eval", "halt()."], {}, True),
    ("erl-empty", ["joist", "run", "{dir}/empty.erl"], {}, True),
    ("erl-syntax", ["joist", "run", "{dir}/syntax.erl"], {}, True),
    ("erl-no-main", ["joist", "run", "{dir}/nomain.erl"], {}, True),
    ("erl-crash", ["joist", "run", "{dir}/crash.erl"], {}, True),
    ("module-none", ["joist", "run", "no_such_module_anywhere"], {}, True),
]

# Exit codes that are not 1: the one of CLI11 for a word that is no subcommand.
CODES = {"unknown-command": 106}


def case_problem(preset, case):
    """None when the command ended with exit code 1 (or that of CODES) and said why."""
    name, command, env, _ = case
    fill = lambda text: text.replace("{dir}", str(OUT))  # noqa: E731
    command = [harness.bin_dir(preset) / command[0], *map(fill, command[1:])]
    outcome = run(command, 30 * harness.SLOWDOWN[preset], cwd=OUT, env={key: fill(value) for key, value in env.items()})
    if outcome.code is None or outcome.code <= 0:
        return outcome.ended() + "\n" + harness.tail(outcome.err, 12)
    if outcome.code != CODES.get(name, 1):
        return f"{outcome.ended()}, not {CODES.get(name, 1)}\n" + harness.tail(outcome.err, 12)
    if not outcome.err.strip() and not outcome.out.strip():
        return "ended without a word"
    return None


def has_command(joist, name):
    outcome = run([joist, name, "--help"], 20)
    return outcome.code == 0 and name.encode() in outcome.out


def check(results, preset, everything, jobs):
    """10,000 mutations with --all, else 2,000."""
    joist = harness.bin_dir(preset) / "joist"
    make_files()
    boots = harness.boots(preset)
    present = {name: has_command(joist, name) for name in ("run", "disasm")}
    for case in CASES:
        name, command, _, needs_boot = case
        if not results.wants(f"bad/{name}") or needs_boot and not boots:
            continue
        if command[0] == "joist" and command[1] in present and not present[command[1]]:
            continue
        if command[0] == "erl" and not boots or name in ("otp-root", "unknown-command") and not present["run"]:
            continue
        results.add(f"bad/{name}", case_problem(preset, case))
    if not present["disasm"]:
        say("  bad: damaged beams not loaded: there is no `joist disasm` yet")
    elif results.wants("bad/mutations"):
        check_mutations(results, preset, 10_000 if everything else 2_000, jobs)


if __name__ == "__main__":
    sys.exit("bad_input.py is imported by run.py; run tools/test --only bad")
