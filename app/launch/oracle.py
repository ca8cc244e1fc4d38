"""`./sanduk oracle FILE...`: do independent cases come out as they say? No database.

The kind of a case is told by its keys. Exit status 0 when all are reproduced, 1 when not, 2 for a file that can't be
read: what is in it is said on stderr, by the path of the field.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from app.domain.loans.form import BadForm, UnknownWord
from app.launch import oracle_loans, oracle_welfare
from app.launch.paths import Refusal, say

MAX_BYTES = 50_000_000
REPRODUCED, DIFFERS, UNSUPPORTED = "reproduced", "differs", "unsupported"
Case = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """Cases that have all these `keys`. `figures` recomputes what the case expects, under the same names."""

    keys: frozenset[str]
    figures: Callable[[Case], Mapping[str, Any]]


KINDS = (
    Kind(frozenset({"product"}), oracle_loans.schedule_figures),
    Kind(frozenset({"loan", "actions"}), oracle_loans.allocation_figures),
    Kind(frozenset({"rule", "expected"}), oracle_welfare.figures),
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`is_unread`: the case does not have its kind's form."""

    name: str
    status: str
    detail: str = ""
    is_unread: bool = False

    def line(self) -> str:
        return "\t".join(one for one in (self.name, self.status, self.detail) if one)


def run(files: Sequence[Path]) -> tuple[str, int]:
    """What goes to stdout, and the exit status. Every case that a file holds has its line, readable or not."""
    verdicts, is_unread = [], False
    for file in files:
        try:
            found = [_judge(n, case) for n, case in enumerate(_cases(file), 1)]
        except Refusal as refusal:
            say(str(refusal))
            is_unread = True
            continue
        for one in found:
            if one.is_unread:
                say(f"{file} can't be read: {one.detail}.")
                is_unread = True
        verdicts += found
    reproduced = sum(one.status == REPRODUCED for one in verdicts)
    lines = [*(one.line() for one in verdicts), f"{len(verdicts)} cases, {reproduced} reproduced"]
    status = 0 if reproduced == len(verdicts) else 1
    return "\n".join(lines) + "\n", 2 if is_unread else status


def read_json(text: str) -> object:
    """Raises BadForm for what is no JSON, and for NaN and its like."""

    def refuse(word: str) -> float:
        raise BadForm("", f"{word} is no number")

    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        found = dict(pairs)
        if len(found) < len(pairs):
            twice = next(name for name in found if sum(name == one for one, _ in pairs) > 1)
            raise BadForm("", f"{twice[:40]!r} stands twice in one place")
        return found

    try:
        return json.loads(text, parse_constant=refuse, object_pairs_hook=once)
    except RecursionError:
        raise BadForm("", "it is nested too deep") from None
    except json.JSONDecodeError as error:
        raise BadForm("", f"it is no JSON: line {error.lineno}, {error.msg}") from None
    except BadForm:
        raise
    except ValueError:
        raise BadForm("", "a number in it is too long") from None


def _cases(file: Path) -> list[object]:
    """Raises Refusal (2) for a file that can't be read, or holds none."""
    try:
        if file.stat().st_size > MAX_BYTES:
            raise BadForm("", f"it is larger than {MAX_BYTES // 10**6} MB")
        found = read_json(file.read_text("utf-8"))
        cases = found.get("cases") if isinstance(found, dict) else None
        if not isinstance(cases, list) or not cases:
            raise BadForm("", "it has no list of cases")
    except OSError as error:
        msg = f"{file} can't be read ({error.strerror})."
        raise Refusal(msg, 2) from error
    except UnicodeDecodeError as error:
        msg = f"{file} can't be read: it is no UTF-8."
        raise Refusal(msg, 2) from error
    except BadForm as error:
        msg = f"{file} can't be read: {error}."
        raise Refusal(msg, 2) from error
    return cases


def _judge(n: int, case: object) -> Verdict:
    name = case.get("id") if isinstance(case, dict) else None
    if not isinstance(case, dict) or not isinstance(name, str) or not name.isprintable():
        return Verdict(f"case {n}", UNSUPPORTED, f"case {n}, id: a word is needed", is_unread=True)
    kind = next((one for one in KINDS if one.keys <= case.keys()), None)
    if kind is None:
        return Verdict(name, UNSUPPORTED, "no kind of case that is known by its keys")
    try:
        figures = kind.figures(case)
    except UnknownWord as error:
        return Verdict(name, UNSUPPORTED, str(error))
    except BadForm as error:
        return Verdict(name, UNSUPPORTED, f"case {n}, {error}", is_unread=True)
    expected = {key: case[key] for key in figures if case.get(key) is not None}
    if not expected:
        return Verdict(name, UNSUPPORTED, f"case {n}, {next(iter(figures))}: is missing", is_unread=True)
    found = (first_difference(value, figures[key], key) for key, value in expected.items())
    difference = next(filter(None, found), None)
    return Verdict(name, DIFFERS, difference) if difference else Verdict(name, REPRODUCED)


def first_difference(expected: object, got: object, path: str) -> str | None:
    """`path: expected X, got Y` of the first place where they differ; what is not expected is not compared."""
    if isinstance(expected, Mapping) and isinstance(got, Mapping):
        inner = ((expected[key], got.get(key), f"{path}.{key}") for key in expected)
        return next(filter(None, (first_difference(*one) for one in inner)), None)
    if isinstance(expected, list) and isinstance(got, list):
        pairs = zip(expected, got, strict=False)
        inner = ((one, other, f"{path}[{n}]") for n, (one, other) in enumerate(pairs))
        found = next(filter(None, (first_difference(*one) for one in inner)), None)
        is_longer = len(expected) != len(got)
        return found or (f"{path}: expected {len(expected)} rows, got {len(got)}" if is_longer else None)
    return None if _is_same(expected, got) else f"{path}: expected {_shown(expected)}, got {_shown(got)}"


def _is_same(expected: object, got: object) -> bool:
    """Amounts are compared as numbers: 5 and "5.00" are the same."""
    if expected == got:
        return True
    try:
        return Decimal(str(expected)) == Decimal(str(got))
    except InvalidOperation:
        return False


def _shown(value: object) -> str:
    if value is None:
        return "nothing"
    text = value if isinstance(value, str) else json.dumps(value)
    return " ".join(text.split())[:80]
