#!/usr/bin/env python3
"""Runs clang-tidy on the product's sources; a file that has not changed since it passed is skipped.

usage: tidy.py COMPILE_DATABASE_FOLDER [FILE...]

What "not changed" means: the same compile command, the same text of the file and of every header
of ours that it reaches, the same .clang-tidy, and the same versions of the packages whose headers
it may include.
"""
import concurrent.futures
import hashlib
import json
import os
import re
import shlex
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TOOL = "clang-tidy-16"
JOBS = 2
_INCLUDE = re.compile(rb'^[ \t]*#[ \t]*include[ \t]*"([^"]+)"', re.MULTILINE)


def cache_folder():
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return os.path.join(base, "vsphere-syncer", "tidy")


def read(path):
    with open(path, "rb") as file:
        return file.read()


def include_roots(command):
    words = shlex.split(command)
    roots = []
    for i, word in enumerate(words):
        if word in ("-I", "-isystem"):
            roots.append(words[i + 1])
        elif word.startswith("-I"):
            roots.append(word[2:])
    return roots


def reached(path, roots):
    """The file and every header that its quoted includes reach, each once, as real paths."""
    seen, todo = set(), [os.path.realpath(path)]
    while todo:
        current = todo.pop()
        if current in seen:
            continue
        seen.add(current)
        for name in _INCLUDE.findall(read(current)):
            for root in [os.path.dirname(current), *roots]:
                candidate = os.path.join(root, name.decode())
                if os.path.isfile(candidate):
                    todo.append(os.path.realpath(candidate))
                    break
    return sorted(seen)


def fingerprint(path, command, surroundings):
    """The cache key of one file. Paths count relative to the checkout, so a clone shares it."""
    build = os.path.commonpath([ROOT, path])
    digest = hashlib.sha256(surroundings)
    digest.update(command.replace(build, "").encode())
    for file in reached(path, include_roots(command)):
        digest.update(os.path.relpath(file, ROOT).encode() + b"\0" + read(file) + b"\0")
    return digest.hexdigest()


def surroundings():
    """What all results depend on."""
    versions = subprocess.run(["dpkg-query", "-W", "-f", "${Package} ${Version}\\n", "lib*-dev",
                               "nlohmann-json3-dev", "prometheus-cpp-dev", TOOL],
                              capture_output=True, check=False).stdout
    return versions + read(os.path.join(ROOT, ".clang-tidy"))


def check(database, path):
    """(passed, report)"""
    run = subprocess.run([TOOL, "--quiet", "-p", database, path], capture_output=True, text=True,
                         check=False)
    return run.returncode == 0, run.stdout if run.returncode in (0, 1) else run.stdout + run.stderr


def main(arguments):
    database, wanted = arguments[0], {os.path.abspath(path) for path in arguments[1:]}
    commands = {entry["file"]: entry["command"]
                for entry in json.loads(read(os.path.join(database, "compile_commands.json")))}
    ours = (os.path.join(ROOT, "src", ""), os.path.join(ROOT, "metrics", ""))
    paths = sorted(path for path in commands
                   if path.startswith(ours) and (not wanted or path in wanted))
    if not paths:
        print("tidy: no source to check", file=sys.stderr)
        return 1

    os.makedirs(cache_folder(), exist_ok=True)
    common = surroundings()
    marks = {path: os.path.join(cache_folder(), fingerprint(path, commands[path], common))
             for path in paths}
    todo = [path for path in paths if not os.path.exists(marks[path])]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        for path, (passed, report) in zip(todo, pool.map(lambda p: check(database, p), todo)):
            print(f"tidy: {os.path.relpath(path, ROOT)}: {'ok' if passed else 'FAILED'}", flush=True)
            if passed:
                open(marks[path], "w", encoding="utf-8").close()
            else:
                failed += 1
                print(report, flush=True)
    print(f"tidy: {len(paths)} files, {len(paths) - len(todo)} unchanged since they passed, "
          f"{failed} with offences")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
