#!/usr/bin/env python3
"""Tests tools/conformance itself with the small suites of mini/, on one VM. The last line is `N passed, N failed`."""
import argparse
import pathlib
import subprocess
import sys
import tempfile

import results

HERE = pathlib.Path(__file__).resolve().parent
TOOL = HERE.parent.parent / "tools" / "conformance"
EXPECTED = {
    ("mini/mini", "-", "passes"): ("ok", ""), ("mini/mini", "-", "fails"): ("failed", "as it should"),
    ("mini/mini", "-", "skips"): ("skipped", "not today"), ("mini/mini", "-", "comments"): ("ok", ""),
    ("mini/mini", "-", "hangs"): ("failed", "killed"), ("mini/mini", "-", "reaches_timetrap"): ("failed", "timetrap_timeout"),
    ("mini/mini", "outer", "passes"): ("ok", ""), ("mini/mini", "inner", "in_parallel"): ("ok", ""),
    ("mini/mini", "inner", "also_in_parallel"): ("ok", ""), ("mini/mini", "rotten", "never_runs"): ("failed", "rotten"),
    ("mini/mini", "-", "has_program"): ("ok", ""), ("mini/mini", "-", "leaves_program"): ("ok", ""),
    ("mini/dies", "-", "passes"): ("ok", ""), ("mini/dies", "-", "dies"): ("failed", "SIGKILL"),
    ("mini/dies", "-", "comes_too_late"): ("failed", "did not run"), ("mini/stuck", "-", "waits"): ("failed", "nothing happened"),
}


def problems(vm):
    """{name: what is wrong, or None} of all checks."""
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "mini.tsv"
        done = subprocess.run([TOOL, "run", "mini", "--otp-source", HERE / "mini", "--vm", vm, "--case-limit", "3", "--grace", "5",
                               "--out", out],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        found = results.read(out) if out.exists() else {}
        checks = {"exit code": None if done.returncode == 1 else f"{done.returncode}\n{done.stdout}"}
        for key, (verdict, reason) in EXPECTED.items():
            result = found.pop(key, None)
            good = result and result.verdict == verdict and reason in result.reason
            checks[" ".join(key)] = None if good else f"expected {verdict} ({reason}), got {result}"
        resumed = pathlib.Path(folder) / "resumed.tsv"
        subprocess.run([TOOL, "run", "mini/dies", "--otp-source", HERE / "mini", "--vm", vm, "--resume", "--out", resumed],
                       stdout=subprocess.DEVNULL)
        verdicts = {key[2]: result.verdict for key, result in results.read(resumed).items()} if resumed.exists() else {}
        checks["resume"] = None if verdicts == {"passes": "ok", "dies": "failed", "comes_too_late": "ok"} else f"{verdicts}"
        checks["no others"] = None if not found else f"{found}"
        left = subprocess.run(["pgrep", "-f", "^sleep 987654"])
        checks["nothing left behind"] = None if left.returncode == 1 else "a program still runs"
        passing = pathlib.Path(folder) / "all_ok.tsv"
        results.write(passing, [results.Result(*key) for key in EXPECTED])
        same = subprocess.run([TOOL, "compare", out, out], stdout=subprocess.PIPE, text=True)
        checks["compare with itself"] = None if (same.returncode, same.stdout) == (0, "no difference\n") else same.stdout
        worse = subprocess.run([TOOL, "compare", passing, out], stdout=subprocess.PIPE, text=True)
        noticed = worse.returncode == 1 and "mini/mini - fails: ok -> failed (" in worse.stdout
        checks["compare"] = None if noticed else worse.stdout
        table = subprocess.run([TOOL, "table", out, "--reference", passing], stdout=subprocess.PIPE, text=True)
        rows = ["| mini/dies | 3 | 1 | 33.3 % |", "| **all** | 16 | 8 | 50.0 % |"]
        checks["table"] = None if all(row in table.stdout for row in rows) else table.stdout
        return checks


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--vm", default=HERE.parent.parent / "build" / "release" / "bin" / "erl")
    checks = problems(parser.parse_args().vm)
    failed = {name: problem for name, problem in checks.items() if problem is not None}
    for name, problem in failed.items():
        print(f"FAILED {name}: {problem}")
    print(f"{len(checks) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
