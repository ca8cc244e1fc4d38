"""Reads an export piece by piece: a file of any length, however its JSON is spaced, in the memory of one record."""

import codecs
import json
import re
from collections.abc import Iterator
from typing import Any, BinaryIO, NoReturn

CHUNK = 1 << 20
MAX_RECORD = 4 << 20
"""Symbols of the largest record."""
LISTS = ("accounts", "entries")
"""Members of the document that are read record by record."""
MAX_MEMBERS = 100
_BLANKS = re.compile(r"[ \t\r\n]*")


class BadExport(Exception):
    """The file is no export, or not a whole one; the text says what is wrong and where."""


def _no_constant(name: str) -> NoReturn:
    msg = f"{name} is no number"
    raise ValueError(msg)


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Of two members of one name other programs may read the other one."""
    found = dict(pairs)
    if len(found) < len(pairs):
        msg = "an object names a member twice"
        raise ValueError(msg)
    return found


BEGUN = object()
"""Stands before the records of a list; no JSON value is it."""


class Reader:
    """`members()` yields the document's members in order: name and value, a list's records one by one."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._decode = codecs.getincrementaldecoder("utf-8")()
        self._scan = json.JSONDecoder(
            parse_constant=_no_constant, parse_float=_no_constant, object_pairs_hook=_no_twins
        ).raw_decode
        self._text, self._at, self._before, self._is_over = "", 0, 0, False
        self.where = "the beginning"

    def members(self) -> Iterator[tuple[str, Any]]:
        """A list also yields its name with BEGUN, so that an empty one is seen. Raises BadExport, of twins too."""
        self._expect("{", "it does not begin as a JSON object")
        if self._next() == "}":
            self._at += 1
        else:
            yield from self._members()
        if self._next():
            self._fail("more follows after the end of the document")

    def _members(self) -> Iterator[tuple[str, Any]]:
        named: set[str] = set()
        while True:
            name = self._value()
            if not isinstance(name, str):
                self._fail("a member has no name")
            if name in named:
                self._fail(f"“{name[:40]}” stands there twice")
            if len(named) == MAX_MEMBERS:
                self._fail("it has too many members")
            named.add(name)
            self._expect(":", f"nothing is said of “{name[:40]}”")
            if name in LISTS:
                yield name, BEGUN
                yield from ((name, record) for record in self._records(name))
            else:
                self.where = f"“{name[:40]}”"
                yield name, self._value()
            if self._next() == "}":
                self._at += 1
                return
            self._expect(",", f"it is cut off or broken after “{name[:40]}”")

    def _records(self, name: str) -> Iterator[Any]:
        self._expect("[", f"“{name}” is no list")
        count, self.where = 1, f"record 1 of “{name}”"
        if self._next() == "]":
            self._at += 1
            return
        while True:
            yield self._value()
            count += 1
            self.where = f"record {count} of “{name}”"
            if self._next() == "]":
                self._at += 1
                return
            self._expect(",", "it is cut off or broken")

    def _value(self) -> Any:
        self._next()
        while True:
            try:
                value, end = self._scan(self._text, self._at)
            except json.JSONDecodeError as error:
                if not self._more():
                    self._fail(f"it is cut off or no JSON ({error.msg})")
                continue
            except (ValueError, RecursionError) as error:
                self._fail(f"it holds what no export holds ({str(error)[:80] or 'too deep'})")
            if end == len(self._text) and self._more():
                continue  # a number may go on
            self._at = end
            return value

    def _next(self) -> str:
        """The next symbol that is no blank; empty at the end of the file."""
        while True:
            self._at = at = _BLANKS.match(self._text, self._at).end()  # type: ignore[union-attr]
            if at < len(self._text):
                return self._text[at]
            if not self._more():
                return ""

    def _expect(self, symbol: str, otherwise: str) -> None:
        if self._next() != symbol:
            self._fail(otherwise)
        self._at += 1

    def _more(self) -> bool:
        """Read on, and forget what is behind. False at the end, or when one record is too long."""
        if self._is_over or len(self._text) - self._at > MAX_RECORD:
            return False
        raw = self._file.read(CHUNK)
        self._is_over = not raw
        try:
            more = self._decode.decode(raw, final=self._is_over)
        except UnicodeDecodeError:
            self._fail("it is not text in UTF-8")
        self._before += self._at
        self._text, self._at = self._text[self._at :] + more, 0
        return bool(more) or not self._is_over

    def _fail(self, what: str) -> NoReturn:
        msg = f"{what}, at {self.where} (symbol {self._before + self._at:,})"
        raise BadExport(msg)
