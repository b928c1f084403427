"""The co_await rule: g++ 12 destroys some temporaries twice when they share a statement with one.

A statement may hold one co_await, as the whole right-hand side, over named arguments:
    co_await call(a, b);            x = co_await call(a, b);       const T x = co_await call(a);
    auto [a, b] = co_await call();  co_return co_await call(a);    if (!co_await call(a)) ...
A clause in front of it (`if (ready) co_await call();` without braces), a brace, a lambda, `?:` or a second co_await beside it is an offence, harmless or not: the harmful
ones cannot be told apart without types. Coroutines that are capturing lambdas are an offence too:
the captures live in the lambda object, which is gone at the first suspension.
"""
import re

from cpp_tokens import closing, tokens

MESSAGE = "co_await must be the whole right-hand side, over named arguments"
LAMBDA_MESSAGE = "a capturing lambda must not be a coroutine: make it a function with parameters"

_NAME = r"[\w]+(?: (?:::|\.|->) [\w]+)*"
_TARGET = _NAME + r"(?: \[ [\w .]+ \])?"
_TYPE = r"(?:const )?[\w]+(?: :: [\w]+)*(?: <[^;(){}]* >)?(?: :: \w+)?(?: (?:const|&|&&|\*))*"
_LEAD = re.compile(
    r"(?:(?:if|while) \( )?"
    r"(?:\( void \) |co_return |! "
    r"|" + _TYPE + r" \w+ = (?:! )?"
    r"|(?:const )?auto(?: &| &&)? \[ [\w ,]+ \] = "
    r"|(?:\* )?" + _TARGET + r" = (?:! )?"
    r")?"
)
_BLOCK_WORDS = {"else", "do", "try", "const", "noexcept", "override", "final", "mutable"}
_OPERAND_MARKS = {"::", ".", "->", "<", ">", "*", "&", ","}


def offences(source):
    """Yields (line, message) for every offence."""
    toks = tokens(source)
    for i, tok in enumerate(toks):
        if tok.text == "co_await" and tok.kind == "name" and not _allowed(toks, i):
            yield tok.line, MESSAGE
        elif tok.text == "[" and _is_lambda(toks, i) and _captures(toks, i):
            if _is_coroutine(toks, i):
                yield tok.line, LAMBDA_MESSAGE


def _allowed(toks, at):
    start = _statement_start(toks, at)
    if start is None:
        return False
    lead = "".join(t.text + " " for t in toks[start:at])
    return bool(_LEAD.fullmatch(lead)) and _clean_operand(toks, at + 1)


def _statement_start(toks, at):
    """First token of the statement, or None when a brace initializer encloses the co_await."""
    groups, start = 0, 0
    for i in range(at - 1, -1, -1):
        text = toks[i].text if toks[i].kind == "mark" else ""
        if text in (")", "]"):
            groups += 1
        elif text in ("(", "["):
            groups = max(groups - 1, 0)
        elif groups == 0 and text == "{" and not _opens_block(toks, i):
            return None
        elif groups == 0 and (text in (";", "{", "}") or (text == ":" and _ends_label(toks, i))):
            start = i + 1
            break
    return start


def _opens_block(toks, brace):
    """Whether the brace at this index starts statements, not a list of values."""
    if brace == 0:
        return True
    before = toks[brace - 1]
    if before.kind == "mark" and before.text in (")", ";", "{", "}", ":"):
        return True
    if before.kind == "name" and before.text in _BLOCK_WORDS:
        return True
    # `-> awaitable<void> {`: the body of a lambda or function with a trailing type.
    i = brace - 1
    while i >= 0 and (toks[i].kind == "name" or toks[i].text in ("::", "<", ">", ",", "*", "&")):
        i -= 1
    return i >= 0 and toks[i].text == "->"


def _ends_label(toks, colon):
    i = colon - 1
    while i >= 0 and (toks[i].kind in ("name", "number", "text") or toks[i].text == "::"):
        if toks[i].text in ("case", "default"):
            return True
        i -= 1
    return False


def _clean_operand(toks, at):
    """What follows co_await up to the end of its statement or condition."""
    i = at
    if i < len(toks) and toks[i].text == "(":  # co_await (a() || b());
        end = closing(toks, i)
        if not _clean_arguments(toks, i + 1, end):
            return False
        i = end + 1
    while i < len(toks):
        tok = toks[i]
        if tok.kind == "mark" and tok.text in (";", ")"):
            return True
        if tok.kind == "mark" and tok.text in ("(", "["):
            if tok.text == "[" and _is_lambda(toks, i):
                return False
            end = closing(toks, i)
            if not _clean_arguments(toks, i + 1, end):
                return False
            i = end
        elif tok.kind == "mark" and tok.text not in _OPERAND_MARKS:
            return False
        elif tok.text == "co_await":
            return False
        i += 1
    return False


def _clean_arguments(toks, begin, end):
    for i in range(begin, end):
        text = toks[i].text
        if toks[i].kind == "name" and text == "co_await":
            return False
        if toks[i].kind == "mark" and (text in ("{", "?") or (text == "[" and _is_lambda(toks, i))):
            return False
    return True


def _is_lambda(toks, bracket):
    """A subscript follows a value; an attribute is doubled; any other bracket opens a lambda."""
    if bracket + 1 < len(toks) and toks[bracket + 1].text == "[":
        return False
    if bracket == 0:
        return True
    before = toks[bracket - 1]
    if before.text == "[":
        return False
    if before.kind in ("number", "text") or before.text in (")", "]", "auto", "&", "&&", "delete"):
        # `auto [a, b]` and `auto& [a, b]` are structured bindings.
        return before.text in ("&", "&&") and toks[bracket - 2].text != "auto"
    return before.kind == "mark" or before.text in ("return", "co_return", "co_yield", "co_await")


def _captures(toks, bracket):
    return closing(toks, bracket) > bracket + 1


def _body(toks, bracket):
    """(begin, end) of the lambda's body, or None when there is none (not a lambda after all)."""
    i = closing(toks, bracket) + 1
    while i < len(toks) and toks[i].text not in ("{", ";", ")", "}"):
        i = closing(toks, i) + 1 if toks[i].text in ("(", "[") else i + 1
    if i >= len(toks) or toks[i].text != "{":
        return None
    return i + 1, closing(toks, i)


def _is_coroutine(toks, bracket):
    body = _body(toks, bracket)
    if body is None:
        return False
    i, end = body
    while i < end:
        if toks[i].text == "[" and _is_lambda(toks, i):
            inner = _body(toks, i)
            i = inner[1] + 1 if inner else i + 1
            continue
        if toks[i].kind == "name" and toks[i].text in ("co_await", "co_return", "co_yield"):
            return True
        i += 1
    return False
