#!/usr/bin/env python3
"""Checks the layering of the source tree: no file includes a header of a folder above its own.

The rows below run from the top of the house to its bottom. Folders in one row stand side by side and do not see each
other, except as ALLOWED says. Unit tests (*.test.cpp) may include anything. Headers of libuv, mimalloc and the operating
system are named in vm/sys only. Prints every breach as FILE:LINE and exits with 1 if there is one.
"""
import pathlib
import re
import sys

ROWS = [
    ["tools"],
    ["vm/node"],
    ["bifs"],
    ["loader", "stdlib-beam"],
    ["vm/dist", "vm/trace", "vm/nif", "vm/port", "vm/ets"],
    ["vm/interp"],
    ["vm/sched"],
    ["vm/match"],
    ["vm/process"],
    ["vm/code"],
    ["gc"],
    ["vm/term"],
    ["vm/sys"],
    ["vm/base"],
]
ALLOWED = {("vm/dist", "vm/port")}
# Single headers that a lower folder may name. gc/heap.h is where all terms are allocated: it knows words, not layouts.
ALLOWED_FILES = {("vm/term", "gc/heap.h")}
SYSTEM_ONLY_IN = "vm/sys"
SYSTEM_HEADER = re.compile(
    r"^(uv\.h|uv/.*|mimalloc.*|unistd\.h|pthread\.h|sched\.h|fcntl\.h|dirent\.h|termios\.h|netdb\.h|poll\.h|pwd\.h|"
    r"sys/.*|netinet/.*|arpa/.*|linux/.*|net/.*)$")
SUFFIXES = {".h", ".cpp", ".def", ".inc"}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')

LEVEL = {folder: level for level, row in enumerate(ROWS) for folder in row}


def folder_of(path):
    """The folder of ROWS that the path (relative to the root) lies in, or None."""
    parts = path.split("/")
    for depth in (2, 1):
        name = "/".join(parts[:depth])
        if len(parts) > depth and name in LEVEL:
            return name
    return None


def breaches_of(root, path):
    name = path.relative_to(root).as_posix()
    home = folder_of(name)
    if home is None:
        yield 1, f"{name} is in no folder of the house"
        return
    for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        kind, target = match.groups()
        if kind == "<":
            if SYSTEM_HEADER.match(target) and home not in (SYSTEM_ONLY_IN, "tools"):
                yield number, f"<{target}> is named in {SYSTEM_ONLY_IN} only"
            continue
        other = folder_of(target)
        if other is None:
            yield number, f'"{target}": write the path from the root of the tree'
        elif (other != home and LEVEL[other] <= LEVEL[home] and (home, other) not in ALLOWED and
              (home, target) not in ALLOWED_FILES):
            where = "beside" if LEVEL[other] == LEVEL[home] else "above"
            yield number, f'"{target}": {other} is {where} {home}'


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parent.parent).resolve()
    count = files = 0
    for top in sorted({folder.split("/")[0] for folder in LEVEL}):
        for path in sorted((root / top).rglob("*")):
            if path.suffix not in SUFFIXES or path.name.endswith(".test.cpp"):
                continue
            files += 1
            for number, text in breaches_of(root, path):
                print(f"{path.relative_to(root)}:{number}: {text}")
                count += 1
    if count:
        print(f"check_includes: {count} breaches in {files} files")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
