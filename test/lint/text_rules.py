"""Rules about any text file: its length, and what it must not name."""
import re

LONGEST = 400

# Patterns are spelled so that this file does not match itself.
_FOREIGN = (
    (re.compile(r"(?<![\w.])/wor[k]/"), "a path of one machine"),
    (re.compile(r"\.\./share[d]\b"), "a path outside the repository"),
    (re.compile(r"\b(?:proxy|sum|index)\.golang[.]org\b|\b(?:test\.)?pypi[.]org\b|"
                r"\bfiles\.pythonhosted[.]org\b|\bregistry\.npmjs[.]org\b|\bcrates[.]io\b|"
                r"\b(?:deb|security|snapshot)\.debian[.]org\b"), "a package registry's host"),
)

# Recorded conversations and checksums are kept as they are.
_DATA = re.compile(r"^(?:test/golden/|test/fuzz/corpus/|LICENSE$)|\.sum$")


def offences(path, source):
    """Yields (line, message)."""
    if _DATA.search(path):
        return
    for pattern, what in _FOREIGN:
        for match in pattern.finditer(source):
            yield source.count("\n", 0, match.start()) + 1, f"names {what}: {match.group()}"
    lines = source.count("\n")
    if _limited(path) and lines >= LONGEST:
        yield lines, f"{lines} lines: one idea per file, under {LONGEST}"


def _limited(path):
    return path.startswith(("src/", "metrics/", "test/")) and path.endswith((".cc", ".h"))
