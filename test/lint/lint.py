#!/usr/bin/env python3
"""Checks the rules that neither compiler nor formatter knows.

usage: lint.py [FILE...]      without files: everything that git tracks
Prints file:line: message per offence; exits 1 when there is one.
"""
import os
import subprocess
import sys

import allow_lists
import arrows
import await_rule
import text_rules

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def offences(path, source):
    """Yields (line, message) for one file; `path` is relative to the root of the repository."""
    if path.endswith((".cc", ".h")):
        yield from await_offences(path, source)
        yield from arrows.offences(path, source)
    yield from allow_lists.offences(path, source)
    yield from text_rules.offences(path, source)


def await_offences(path, source):
    """In tests a capturing lambda may be a coroutine: there the lambda outlives the run."""
    for line, message in await_rule.offences(source):
        if message == await_rule.LAMBDA_MESSAGE and path.startswith("test/"):
            continue
        yield line, message


def tracked():
    listed = subprocess.run(["git", "-C", ROOT, "ls-files", "-z"], check=True, capture_output=True)
    return [path for path in listed.stdout.decode().split("\0") if path]


def read(path):
    """The text of a file, or None for what is no text, no file, or gone."""
    full = os.path.join(ROOT, path)
    if os.path.islink(full) or not os.path.isfile(full):
        return None
    with open(full, "rb") as file:
        content = file.read()
    return None if b"\0" in content else content.decode("utf-8", errors="replace")


def main(arguments):
    paths = [os.path.relpath(os.path.abspath(a), ROOT) for a in arguments] or tracked()
    sources = {path: text for path in paths if (text := read(path)) is not None}
    found = [(path, line, message)
             for path, text in sources.items() for line, message in offences(path, text)]
    found += [(path, 1, message) for path, message in allow_lists.too_many_beast_files(sources)]
    for path, line, message in sorted(found):
        print(f"{path}:{line}: {message}")
    print(f"lint: {len(sources)} files, {len(found)} offences", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
