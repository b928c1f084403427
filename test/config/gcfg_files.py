"""Makes csi-vsphere.conf files of every quality from a seed: valid, nearly valid, and wild."""
import random

# Stands in every value of valid and nearly valid files; no error may show it.
SECRET = "S3cr3t"
PRINTABLE = "".join(map(chr, range(0x20, 0x7f)))
TEXT, BOOLEAN, INTEGER, WORD = range(4)

KEYS = {
    "Global": {
        "vcenterip": TEXT, "cluster-id": TEXT, "supervisor-id": TEXT, "user": TEXT,
        "password": TEXT, "port": TEXT, "insecure-flag": BOOLEAN, "ca-file": TEXT,
        "thumbprint": TEXT, "datacenters": TEXT, "cluster-distribution": TEXT,
        "cnsregistervolumes-cleanup-intervalinmin": INTEGER,
        "cnspvcprotection-cleanup-intervalinmin": INTEGER,
        "volumemigration-cr-cleanup-intervalinmin": INTEGER,
        "csi-auth-check-intervalinmin": INTEGER,
        "cnsvolumeoperationrequest-cleanup-intervalinmin": INTEGER,
        "csi-fetch-preferred-datastores-intervalinmin": INTEGER,
        "query-limit": INTEGER, "list-volume-threshold": INTEGER,
    },
    "VirtualCenter": {
        "user": TEXT, "password": TEXT, "port": TEXT, "ca-file": TEXT, "thumbprint": TEXT,
        "datacenters": TEXT, "targetvSANFileShareClusters": TEXT,
        "migration-datastore-url": TEXT, "insecure-flag": BOOLEAN, "filevolumeactivated": BOOLEAN,
    },
    "NetPermissions": {"ips": TEXT, "permissions": WORD, "rootsquash": BOOLEAN},
    "Labels": {"zone": TEXT, "region": TEXT, "topology-categories": TEXT},
    "TopologyCategory": {"label": TEXT},
    "Snapshot": {
        "global-max-snapshots-per-block-volume": INTEGER,
        "granular-max-snapshots-per-block-volume-vsan": INTEGER,
        "granular-max-snapshots-per-block-volume-vvol": INTEGER,
    },
}
WITH_SUBSECTION = ("VirtualCenter", "NetPermissions", "TopologyCategory")
BOOLEANS = ["true", "yes", "on", "1", "false", "no", "off", "0"]
INTEGERS = ["0", "7", "-3", "+5", "007", "0x1f", "-0xFF", "0x1_0", "9223372036854775807",
            "-9223372036854775808", " 12 ", "12\t", "\u00a05\u2003"]
WORDS = ["READ_ONLY", "READ_WRITE", "NO_ACCESS", " READ_ONLY ", "caf\u00e9"]
# What stands where it is least wanted.
NASTY = ["\\", '"', ";", "#", "=", "[", "]", "\n", "\r", "\r\n", "\t", " ", "\0", "\\\n", "\\\r\n", '\\"',
         "\\\\", "\\n", "\\t", "\\x", "\\\r", '""', "\u00e9", "\u017f", "\u212a", "\u00aa", "\u0663",
         "\ufeff", "\u200b", "\u2028", "\u00a0", "\x0b", "\x7f", "-", "_", ".", "0x", "1"]
BROKEN_BYTES = [b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xe2\x82", b"\x80", b"\xf4\x90\x80\x80"]


def quoted(text):
    """The text as one value in quotes."""
    escapes = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"}
    return '"' + "".join(escapes.get(c, c) for c in text) + '"'


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def chance(self, probability):
        return self.random.random() < probability

    def password(self):
        return "".join(self.random.choice(PRINTABLE) for _ in range(self.random.randint(1, 24)))

    def blanks(self):
        return self.random.choice(["", "", " ", " ", "  ", "\t"])

    def any_case(self, name):
        if self.chance(0.1):
            name = name.replace("s", "\u017f", 1).replace("k", "\u212a", 1)
        return "".join(c.upper() if c.isascii() and self.chance(0.1) else c for c in name)

    def value(self, kind):
        """A value as it is written, good for its type."""
        pick = self.random.choice
        if kind == BOOLEAN:
            text = self.any_case(pick(BOOLEANS).replace("s", "S").replace("k", "K"))
            return pick([text, quoted(text)])
        if kind == INTEGER:
            text = pick(INTEGERS)
            return pick([text, quoted(text)])
        if kind == WORD:
            return quoted(pick(WORDS))
        text = SECRET + self.password()
        if self.chance(0.5):
            return quoted(text)
        plain = "".join(c for c in text if c not in '\\"#;')
        if self.chance(0.3):
            plain += pick([" \\\n", "\\\r\n ", '\\"', '"a;b#c"', ' " x "', "\\\n  more", "\u00e9\u4e2d",
                           " \r ", '"\r"', '"\\\\ \\n\\t"'])
        return plain

    def ending(self, newline):
        return self.blanks() + self.random.choice(["", "", "", "; note", "# n\u00f6te"]) + newline

    def header(self, section):
        name = self.blanks() + self.any_case(section)
        if section in WITH_SUBSECTION and self.chance(0.95) or self.chance(0.03):
            host = self.random.choice(["vc-a.example", "10.0.0.1", "A", "a", "[::1]", "with \" and \\",
                                       "caf\u00e9", "#;", " "])
            host = host.replace("\\", "\\\\").replace('"', '\\"')
            name += self.blanks() + f'"{host}"'
        return self.blanks() + "[" + name + self.blanks() + "]"

    def assignment(self, section):
        known = KEYS.get(section, {})
        if known and self.chance(0.95):
            key, kind = self.random.choice(list(known.items()))
        else:
            key, kind = self.random.choice(["future-key", "x1", "\u00fcber-1"]), TEXT
        line = self.blanks() + self.any_case(key) + self.blanks()
        if self.chance(0.05) and (kind == BOOLEAN or key not in known):
            return line
        return line + "=" + self.blanks() + self.value(kind)

    def valid(self):
        newline = "\r\n" if self.chance(0.2) else "\n"
        text = ""
        for _ in range(self.random.randint(1, 5)):
            section = self.random.choice(list(KEYS) + ["GC", "Other", "VirtualCenter"])
            text += self.header(section) + self.ending(newline)
            for _ in range(self.random.randint(0, 5)):
                text += self.assignment(section) + self.ending(newline)
                if self.chance(0.1):
                    text += self.ending(newline)
        return text[:-len(newline)] if self.chance(0.1) else text

    def nearly_valid(self):
        text = self.valid()
        for _ in range(self.random.randint(1, 3)):
            at = self.random.randint(0, len(text))
            change = self.random.random()
            if change < 0.5:
                text = text[:at] + self.random.choice(NASTY) + text[at:]
            elif change < 0.8:
                text = text[:at] + text[at + self.random.randint(1, 3):]
            elif change < 0.9:
                text = text[:at]
            else:
                value = self.random.choice([quoted(self.password()), self.value(BOOLEAN)])
                text = text[:at] + value + text[at:]
        data = text.encode()
        if self.chance(0.05):
            at = self.random.randint(0, len(data))
            data = data[:at] + self.random.choice(BROKEN_BYTES) + data[at:]
        return data

    def wild(self):
        names = ["[", "]", "Global", "VirtualCenter", "Labels", "user", "password", "insecure-flag", "=",
                 "query-limit", "NetPermissions", "permissions", '"a"', "x", "\n", "\n[Global]\n", " "]
        parts = [self.random.choice(names + NASTY) for _ in range(self.random.randint(1, 25))]
        return "".join(parts).encode()

    def passwords(self):
        """A file and the passwords that must come out of it."""
        mine, other = self.password(), self.password()
        if self.chance(0.1):
            mine = PRINTABLE + "\n\t\u00e9\u4e2d\U0001f511"
        text = (f"[Global]\npassword = {quoted(mine)}\n"
                f"[VirtualCenter \"vc\"]\npassword={quoted(other)} ; end\n")
        return text.encode(), (mine, other)


def generated(seed, count):
    """Yields (kind, file, passwords or None)."""
    for number in range(count):
        maker = Maker(f"{seed}/{number}")
        kind = maker.random.random()
        if kind < 0.1:
            yield "passwords", *maker.passwords()
        elif kind < 0.45:
            yield "valid", maker.valid().encode(), None
        elif kind < 0.85:
            yield "nearly valid", maker.nearly_valid(), None
        else:
            yield "wild", maker.wild(), None
