"""A small C++ tokenizer: enough to see statements, not enough to understand types."""
import re
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""
      (?P<skip>\s+ | //[^\n]* | /\*.*?\*/)
    | (?P<raw>(?:u8|[uUL])?R"(?P<delimiter>[^()\s\\]{0,16})\(.*?\)(?P=delimiter)")
    | (?P<text>(?:u8|[uUL])?"(?:\\.|[^"\\\n])*")
    | (?P<char>(?:u8|[uUL])?'(?:\\.|[^'\\\n])+')
    | (?P<number>\.?\d(?:[\w.]|'(?=\w)|[eEpP][+-])*)
    | (?P<name>[A-Za-z_]\w*)
    | (?P<mark>::|->|&&|\|\||<=>|[<>=!+\-*/%&|^]=|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_DIRECTIVE = re.compile(r"^[ \t]*\#(?:[^\n\\]|\\.)*", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Token:
    kind: str  # name, number, text (any literal) or mark
    text: str
    line: int


def blank(source):
    """The source with comments and literals as spaces; line and column of the rest stay."""
    pieces, at = [], 0
    for match in _TOKEN.finditer(source):
        hide = match.lastgroup in ("raw", "delimiter", "text", "char") or (
            match.lastgroup == "skip" and match.group()[0] == "/")
        pieces.append(source[at:match.start()])
        pieces.append(re.sub(r"[^\n]", " ", match.group()) if hide else match.group())
        at = match.end()
    return "".join(pieces)


def tokens(source):
    """All tokens of the source; preprocessor lines and comments are left out."""
    source = _DIRECTIVE.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), source)
    found, line = [], 1
    for match in _TOKEN.finditer(source):
        text = match.group()
        if match.group("skip") is None:
            if match.group("name"):
                kind = "name"
            elif match.group("number"):
                kind = "number"
            elif match.group("mark"):
                kind = "mark"
            else:
                kind = "text"
            found.append(Token(kind, text, line))
        line += text.count("\n")
    return found


def closing(toks, opening):
    """Index of the bracket that closes toks[opening], or len(toks)."""
    pairs = {"(": ")", "[": "]", "{": "}"}
    depth = 0
    for i in range(opening, len(toks)):
        if toks[i].kind != "mark":
            continue
        if toks[i].text in pairs:
            depth += 1
        elif toks[i].text in pairs.values():
            depth -= 1
            if depth == 0:
                return i
    return len(toks)
