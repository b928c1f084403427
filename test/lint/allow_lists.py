"""Words that only some files may use. Each exception states its reason on its own line."""
import re
from dataclasses import dataclass, field
from fnmatch import fnmatch

from cpp_tokens import blank

_CPP = ("*.cc", "*.h")


@dataclass(frozen=True)
class Restricted:
    name: str
    pattern: str
    where: tuple  # prefixes of the paths the rule covers
    why: str
    allowed: dict = field(default_factory=dict)  # path pattern -> reason
    suffixes: tuple = _CPP

    def covers(self, path):
        return (path.startswith(self.where) and any(fnmatch(path, s) for s in self.suffixes)
                and not any(fnmatch(path, pattern) for pattern in self.allowed))


_OUR_CODE = ("src/", "metrics/")

# Below the Clock: a socket's own deadlines, which must hold against a silent peer in real time.
_SOCKETS = {
    "src/net/connection.*": "deadlines of one socket: their end cancels its operations",
    "src/net/server_session.*": "deadlines of one served socket",
    "src/net/beast_*.cc": "connects, accepts and pools those sockets",
}
_NAMES = {
    "src/net/resolver.*": "getaddrinfo blocks: one helper thread per endpoint, waited for by timer",
}

RESTRICTED = (
    Restricted(
        "timer", r"\bsteady_timer\b|\bsystem_timer\b", _OUR_CODE,
        "waiting goes through core/clock.h, so that tests own the time",
        {"src/core/asio_clock.cc": "the one implementation of Clock",
         **_SOCKETS, **_NAMES}),
    Restricted(
        "now", r"::now\s*\(|\bclock_gettime\b|\bgettimeofday\b|\bstd::time\s*\(", _OUR_CODE,
        "time is read through core/clock.h",
        {"src/core/asio_clock.cc": "the one implementation of Clock",
         **_SOCKETS, **_NAMES}),
    Restricted(
        "expires_after", r"\bexpires_(?:after|at|never)\b", _OUR_CODE,
        "deadlines other than those of sockets are `op || clock.sleep_until(t)`",
        {"src/core/asio_clock.cc": "the one implementation of Clock", **_SOCKETS}),
    Restricted(
        "getenv", r"\bgetenv\b|\benviron\b", _OUR_CODE,
        "the environment is read once, where configuration is made",
        {"src/config/*": "turns flags, environment and files into one struct",
         "src/app/*": "hands the process environment to config"}),
    Restricted(
        "random", r"\brandom_device\b|\bmt19937(?:_64)?\b|\bstd::rand\b|\bRAND_bytes\b", _OUR_CODE,
        "chance is injected through core/random.h",
        {"src/app/*": "seeds the one generator of the process",
         "src/core/random.h": "the generator itself"}),
    Restricted(
        "detached", r"\bdetached\b", _OUR_CODE,
        "a coroutine whose end nobody sees swallows its exception: pass a completion handler"),
    Restricted(
        "mutex", r"\b(?:\w*_)?mutex\b|\block_guard\b|\bunique_lock\b|\bscoped_lock\b", _OUR_CODE,
        "one thread, one io_context: a lock means that a second thread crept in"),
    Restricted(
        "thread", r"\bstd::j?thread\b|\bstd::async\b|\bthread_pool\b", _OUR_CODE,
        "one thread, one io_context (docs/adr)", _NAMES),
    Restricted(
        "delete disk", r"(?i)delete_?disk\W{0,8}true\b", ("src/", "metrics/", "deploy/"),
        "CnsDeleteVolume with deleteDisk=true destroys data and does not exist here",
        suffixes=("*",)),
    Restricted(
        "prometheus", r"#\s*include\s*<prometheus/", ("src/", "test/"),
        "only the metrics room knows prometheus-cpp; the rest reports to core/observer.h",
        {"test/metrics/*": "tests the metrics room"}),
    Restricted(
        "transport library", r"#\s*include\s*<(?:boost/beast|boost/asio/ssl|openssl/)", _OUR_CODE,
        "only src/net knows Beast and OpenSSL",
        {"src/net/*": "the transport"}),
    Restricted(
        "sleep", r"\bsleep_for\b|\bu?sleep\s*\(|\bnanosleep\b|\bthis_thread::sleep_until\b",
        ("src/", "metrics/", "test/"),
        "tests wait for something they can observe, or move a fake clock"),
    Restricted(
        "sleep", r"\btime\.sleep\b|\bfrom time import\b.*\bsleep\b", ("test/", "scripts/"),
        "tests wait for something they can observe",
        {"test/demo/*.py": "paces what a person watches; asserts nothing about time",
         "test/bench/*.py": "measures over stretches of time, outside the tests",
         "test/story/children.py": "wait_until: polls a server for a state, with a deadline",
         "test/story/cns.py": "polls a vCenter task, as clients of vCenter must",
         "test/lint/*_test.py": "holds the offences as examples"},
        suffixes=("*.py",)),
)

BEAST = re.compile(r"#\s*include\s*<boost/beast")
QUOTED = re.compile(r'#\s*include\s*"([^"]+)"')
MOST_BEAST_FILES = 3


def offences(path, source):
    """Yields (line, message) for each restricted word in a file that is no exception."""
    rules = [rule for rule in RESTRICTED if rule.covers(path)]
    if not rules:
        return
    # XML and SQL hide in string literals, so `delete disk` reads the file as it is.
    code = blank(source) if path.endswith((".cc", ".h")) else source
    for rule in rules:
        text = source if "disk" in rule.name else code
        for match in re.finditer(rule.pattern, text):
            yield text.count("\n", 0, match.start()) + 1, f"{rule.name}: {rule.why}"


def too_many_beast_files(sources):
    """Beast costs half a minute per .cc that reaches it: yields (path, message) past the limit."""
    def reaches(path, seen):
        if path in seen or path not in sources:
            return False
        seen.add(path)
        return BEAST.search(sources[path]) is not None or any(
            reaches("src/" + name, seen) for name in QUOTED.findall(sources[path]))

    heavy = sorted(path for path in sources
                   if path.startswith("src/") and path.endswith(".cc") and reaches(path, set()))
    for path in heavy[MOST_BEAST_FILES:]:
        yield path, f"more than {MOST_BEAST_FILES} .cc files include Beast: {', '.join(heavy)}"
