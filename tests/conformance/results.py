"""Results of suites: reading, writing and comparing them.

A result file is tab-separated: suite, group, case, verdict (ok, failed or skipped), seconds, reason. A list of cases, as in
reference/ and expected/, has the first columns of it only.
"""
import collections
import dataclasses
import pathlib

HERE = pathlib.Path(__file__).resolve().parent
COLUMNS = ["suite", "group", "case", "verdict", "seconds", "reason"]
# Of a case that runs more than once (in a repeated group) the worst verdict counts.
RANK = {"failed": 0, "ok": 1, "skipped": 2}


@dataclasses.dataclass
class Result:
    suite: str
    group: str
    case: str
    verdict: str = "ok"
    seconds: float = 0.0
    reason: str = ""

    @property
    def key(self):
        return self.suite, self.group, self.case

    def line(self, columns=6):
        fields = [self.suite, self.group, self.case, self.verdict, f"{self.seconds:.2f}", self.reason]
        return "\t".join(fields[:columns])


def read(path):
    """{key: Result} of a file; of a folder, all its .tsv files."""
    path = pathlib.Path(path)
    if path.is_dir():
        return {key: result for part in sorted(path.glob("*.tsv")) for key, result in read(part).items()}
    found = {}
    for line in path.read_text().splitlines()[1:]:
        fields = line.split("\t")
        seconds = [float(field) for field in fields[4:5]]
        result = Result(*fields[:4], *seconds, *fields[5:6])
        found[result.key] = result
    return found


def write(path, results, columns=6):
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\t".join(COLUMNS[:columns]) + "\n" + "".join(result.line(columns) + "\n" for result in results))


def worse(old, new):
    return new if old is None or RANK[new.verdict] < RANK[old.verdict] else old


def by_suite(results):
    found = collections.defaultdict(dict)
    for key, result in results.items():
        found[key[0]][key] = result
    return found


def compare(old, new):
    """Lines that say what changed from one set of results to another, and whether something got worse."""
    lines, regressed = [], False
    for key in sorted(set(old) | set(new)):
        before, after = old.get(key), new.get(key)
        if before is None or after is None:
            lines.append(f"{' '.join(key)}: only in the {'second' if before is None else 'first'}: {(after or before).verdict}")
        elif before.verdict != after.verdict:
            regressed = regressed or before.verdict == "ok"
            reason = f" ({after.reason})" if after.reason else ""
            lines.append(f"{' '.join(key)}: {before.verdict} -> {after.verdict}{reason}")
    return lines, regressed


def table(reference, results):
    """Markdown: for each suite, the cases that pass on the reference, and how many of those pass here."""
    rows = ["| suite | pass on erl | of those on Joist | share |", "|---|---|---|---|"]
    mine = by_suite(results)
    totals = collections.defaultdict(lambda: [0, 0])
    for suite, cases in sorted(by_suite(reference).items()):
        if suite not in mine:
            continue
        good = {key for key, result in cases.items() if result.verdict == "ok"}
        here = sum(1 for key in good if key in mine[suite] and mine[suite][key].verdict == "ok")
        for name in (suite.split("/")[0], "all"):
            totals[name][0] += len(good)
            totals[name][1] += here
        rows.append(row(suite, len(good), here))
    rows += [row(f"**{name}**", *totals[name]) for name in sorted(totals, key=lambda name: (name == "all", name))]
    return "\n".join(rows)


def row(name, good, here):
    return f"| {name} | {good} | {here} | {100 * here / good:.1f} % |" if good else f"| {name} | 0 | 0 | – |"
