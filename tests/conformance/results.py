"""Results of suites: reading, writing and comparing them.

Files are tab-separated and their first line names the columns. Results have suite, group, case, verdict (ok, failed or
skipped), seconds and reason; those of the reference have no seconds and reasons, but a column `needs`: "nodes" when a case
passes on a distributed node only. Lists of what is expected to pass have the first three columns.
"""
import collections
import dataclasses
import pathlib

HERE = pathlib.Path(__file__).resolve().parent
RESULTS = ["suite", "group", "case", "verdict", "seconds", "reason"]
REFERENCE = ["suite", "group", "case", "verdict", "needs"]
EXPECTED = ["suite", "group", "case"]
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
    needs: str = ""

    @property
    def key(self):
        return self.suite, self.group, self.case

    def line(self, columns):
        return "\t".join(f"{self.seconds:.2f}" if column == "seconds" else getattr(self, column) for column in columns)


def read(path):
    """{key: Result} of a file; of a folder, all its .tsv files."""
    path = pathlib.Path(path)
    if path.is_dir():
        return {key: result for part in sorted(path.glob("*.tsv")) for key, result in read(part).items()}
    columns, *lines = [line.split("\t") for line in path.read_text().splitlines()]
    results = [Result(**dict(zip(columns, fields))) for fields in lines]
    for result in results:
        result.seconds = float(result.seconds)
    return {result.key: result for result in results}


def write(path, results, columns=RESULTS):
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\t".join(columns) + "\n" + "".join(result.line(columns) + "\n" for result in results))


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


def table(reference, results, row_of):
    """Markdown: the cases that pass on the reference and how many of those pass here; then without other nodes. `row_of` says which row
    a suite counts in."""
    lines = ["| suite | pass on erl | of those on Joist | share | without other nodes | on Joist | share |",
             "|---|---|---|---|---|---|---|"]
    mine = by_suite(results)
    rows, totals = (collections.defaultdict(lambda: [0, 0, 0, 0]) for _ in range(2))
    for suite, cases in sorted(by_suite(reference).items()):
        if suite not in mine:
            continue
        good = [result for result in cases.values() if result.verdict == "ok"]
        here = [result for result in good if result.key in mine[suite] and mine[suite][result.key].verdict == "ok"]
        counts = [len(good), len(here), sum(not result.needs for result in good), sum(not result.needs for result in here)]
        for sums, name in ((rows, row_of(suite)), (totals, suite.split("/")[0]), (totals, "all")):
            sums[name] = [old + new for old, new in zip(sums[name], counts)]
    lines += [row(name, rows[name]) for name in sorted(rows)]
    lines += [row(f"**{name}**", totals[name]) for name in sorted(totals, key=lambda name: (name == "all", name))]
    return "\n".join(lines)


def row(name, counts):
    return f"| {name} | " + " | ".join(f"{good} | {here} | {share(good, here)}" for good, here in (counts[:2], counts[2:])) + " |"


def share(good, here):
    return f"{100 * here / good:.1f} %" if good else "–"
