#!/usr/bin/env python3
"""Compares our parser of csi-vsphere.conf with the library that the CSI driver has, on generated files.

Both must understand the same or both must refuse; passwords must come out as they went in; no
error of ours may show a value. Exits 77 where this machine has no Go to build the library with.
"""
import argparse
import json
import os
import struct
import subprocess
import sys
import tempfile
from collections import Counter

import gcfg_files

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SKIPPED = 77
MOST_SHOWN = 10


def answers(program, files):
    """What the program understood of each file, as parsed JSON."""
    with tempfile.TemporaryFile() as given:
        for content in files:
            given.write(struct.pack(">I", len(content)) + content)
        given.seek(0)
        done = subprocess.run([program], stdin=given, stdout=subprocess.PIPE, check=True)
    lines = done.stdout.decode().removesuffix("\n").split("\n")
    if len(lines) != len(files):
        sys.exit(f"{program}: {len(lines)} answers to {len(files)} files")
    return [json.loads(line) for line in lines]


def fault(ours, theirs, passwords):
    """What is wrong, or None."""
    if "panic" in theirs:
        return "the library panicked"
    if ("error" in ours) != ("error" in theirs):
        return "one of them refuses"
    if "error" in ours:
        return "the error shows a value" if gcfg_files.SECRET in ours["error"] else None
    if ours != theirs:
        return "understood differently"
    if passwords:
        read = (ours["global"]["password"], ours["virtualcenter"]["vc"]["password"])
        return None if read == passwords else "a password came out changed"
    return None


def built_oracle():
    done = subprocess.run([os.path.join(ROOT, "test/real/build"), "gcfg-oracle"],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        sys.exit(done.returncode)
    return os.path.join(done.stdout.strip(), "gcfg-oracle")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dump", required=True, help="the program gcfg_dump")
    parser.add_argument("--oracle", help="the program gcfg-oracle; built when not given")
    parser.add_argument("--files", type=int, default=2000, help="how many (default 2000)")
    parser.add_argument("--seed", type=int, default=1, help="other files (default 1)")
    options = parser.parse_args()
    oracle = options.oracle or built_oracle()

    made = list(gcfg_files.generated(options.seed, options.files))
    files = [content for _, content, _ in made]
    kinds, refused, faults = Counter(), 0, []
    rows = zip(made, answers(options.dump, files), answers(oracle, files), strict=True)
    for number, ((kind, content, passwords), ours, theirs) in enumerate(rows):
        kinds[kind] += 1
        refused += "error" in theirs
        if wrong := fault(ours, theirs, passwords):
            faults.append(number)
            if len(faults) <= MOST_SHOWN:
                print(f"file {number} ({kind}): {wrong}\n  file:    {content!r}\n  ours:    "
                      f"{json.dumps(ours)}\n  library: {json.dumps(theirs)}")
    told = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
    print(f"gcfg: seed {options.seed}: {len(files)} files ({told}); the library accepts "
          f"{len(files) - refused} and refuses {refused}; {len(faults)} differences")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
