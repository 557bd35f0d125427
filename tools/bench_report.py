"""What tools/bench makes of its figures: a Markdown page and an SVG chart of a run, and tables of profiles."""
import collections
import json
import math
import pathlib
from xml.sax.saxutils import escape

ROW, LEFT, WIDTH, TOP = 16, 170, 560, 44
LEAST, MOST = 1 / 8, 4.0
COLOURS = ("#2a7f62", "#c0492f")  # not dearer than the last VM; dearer


def position(ratio):
    """Of a ratio on the chart's logarithmic axis."""
    share = math.log(min(max(ratio, LEAST), MOST) / LEAST) / math.log(MOST / LEAST)
    return LEFT + WIDTH * share


def chart(rows, title):
    """CPU time of every program relative to the last VM, as bars from 1, by areas."""
    rows = [row for row in rows if row["cpu"]]
    height = TOP + ROW * (len(rows) + len({row["area"] for row in rows})) + 24
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDTH + 70}" height="{height}" '
             'font-family="sans-serif" font-size="11">',
             f'<rect width="100%" height="100%" fill="white"/><text x="8" y="18" font-size="14">{escape(title)}</text>']
    for mark in (0.125, 0.25, 0.5, 1, 2, 4):
        x, line = position(mark), "#444" if mark == 1 else "#ddd"
        parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP - 6}" y2="{height - 20}" stroke="{line}"/>'
                     f'<text x="{x:.1f}" y="{TOP - 10}" text-anchor="middle" fill="#666">{mark:g}</text>')
    y, area = TOP, None
    for row in rows:
        if row["area"] != area:
            area = row["area"]
            parts.append(f'<text x="8" y="{y + 12}" font-weight="bold">{escape(area)}</text>')
            y += ROW
        x, one = position(row["cpu"]), position(1)
        parts.append(f'<text x="{LEFT - 6}" y="{y + 12}" text-anchor="end">{escape(row["name"])}</text>'
                     f'<rect x="{min(x, one):.1f}" y="{y + 3}" width="{max(abs(x - one), 0.5):.1f}" height="{ROW - 5}" '
                     f'fill="{COLOURS[row["cpu"] > 1]}"/>'
                     f'<text x="{LEFT + WIDTH + 8}" y="{y + 12}">{row["cpu"]:.2f}</text>')
        y += ROW
    return "\n".join([*parts, "</svg>\n"])


def save(folder, date, rows, names, machine, text):
    """Writes DATE.json, DATE.svg and DATE.md. `text`: the tables as they were printed."""
    folder.mkdir(parents=True, exist_ok=True)
    title = f"CPU time, {names[0]} relative to {names[-1]} (logarithmic; left of 1: cheaper)"
    head = (f"# Benchmarks of {date}\n\n{machine}. One interleaved run of `tools/bench`: of the runs of each program the least counts. Ratios are\n"
            f"{names[0]} / {names[-1]}.\n\n![{title}]({date}.svg)\n\n")
    (folder / f"{date}.json").write_text(json.dumps(rows, indent=1) + "\n")
    (folder / f"{date}.svg").write_text(chart(rows, title))
    (folder / f"{date}.md").write_text(head + text.strip() + "\n")


def profile_table(file, rows=12):
    """The functions that most of a profile's time went to: in themselves, and with what they called."""
    profile = json.loads(pathlib.Path(file).read_text())
    frames = [frame["name"] for frame in profile["shared"]["frames"]]
    own, total = collections.Counter(), collections.Counter()
    for thread in profile["profiles"]:
        for stack, weight in zip(thread["samples"], thread["weights"]):
            own[frames[stack[-1]]] += weight
            for frame in set(stack):
                total[frames[frame]] += weight
    everything = sum(own.values()) or 1
    lines = ["| own time | with callees | function |", "|---|---|---|"]
    lines += [f"| {100 * time / everything:.1f} % | {100 * total[name] / everything:.1f} % | `{name}` |" for name, time in own.most_common(rows)]
    return "\n".join(lines)
