"""XML from outside, read in one pass with what is needed kept: no document types, no entities, bounded depth.

Expat itself refuses entities that grow; here none can be declared at all.
"""

from collections.abc import Callable, Iterator, Mapping
from xml.parsers.expat import ExpatError, ParserCreate, errors

DEEPEST = 100
LONGEST = 100_000
"""Characters of one element's text."""
MOST_KEPT = 500_000
"""Elements at the same time: those that `take` is given go when they end."""


class BadMarkup(Exception):
    """`why` is broken, truncated, doctype or heavy; `line` of the file, from 1."""

    def __init__(self, why: str, line: int) -> None:
        super().__init__(why)
        self.why, self.line = why, line


class Element:
    """One element by its local name. `line` is where it begins."""

    __slots__ = ("attributes", "children", "line", "name", "parts")

    def __init__(self, name: str, attributes: Mapping[str, str], line: int) -> None:
        self.name, self.attributes, self.line = name, attributes, line
        self.children: list[Element] = []
        self.parts: list[str] = []

    @property
    def own_text(self) -> str:
        return "".join(self.parts).strip()

    def all(self, path: str) -> Iterator["Element"]:
        """The elements at `A/B/C` below this one."""
        name, _, rest = path.partition("/")
        for child in self.children:
            if child.name == name:
                if rest:
                    yield from child.all(rest)
                else:
                    yield child

    def one(self, path: str) -> "Element | None":
        return next(self.all(path), None)

    def text(self, *paths: str) -> str:
        """The first text that isn't empty, of several places where it may stand."""
        for path in paths:
            for found in self.all(path):
                if found.own_text:
                    return found.own_text
        return ""


def read_xml(data: bytes, take: Mapping[str, Callable[[Element, list[Element]], None]]) -> tuple[str, Element]:
    """The root's namespace and the root. Elements named in `take` are handed over when they end, with the elements
    around them (the root first), and are not kept. Raises BadMarkup, and whatever `take` raises.
    """
    parser = ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    stack: list[Element] = []
    roots: list[tuple[str, Element]] = []
    kept, before = 0, []

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal kept
        space, _, local = name.rpartition(" ")
        made = Element(local, attributes, parser.CurrentLineNumber)
        before.append(kept)
        kept += 1
        if len(stack) > DEEPEST or kept > MOST_KEPT:
            raise BadMarkup("heavy", parser.CurrentLineNumber)
        if stack:
            if local not in take:
                stack[-1].children.append(made)
        else:
            roots.append((space, made))
        stack.append(made)

    def end(_: str) -> None:
        nonlocal kept
        done, so_far = stack.pop(), before.pop()
        if sum(map(len, done.parts)) > LONGEST:
            raise BadMarkup("heavy", done.line)
        if done.name in take and stack:
            take[done.name](done, stack)
            kept = so_far

    def words(text: str) -> None:
        if stack:
            stack[-1].parts.append(text)
            if len(stack[-1].parts) > 10_000:
                raise BadMarkup("heavy", stack[-1].line)

    def no_doctype(*_: object) -> None:
        raise BadMarkup("doctype", parser.CurrentLineNumber)

    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, words
    parser.StartDoctypeDeclHandler = no_doctype
    try:
        for at in range(0, len(data), 2**16):
            parser.Parse(data[at : at + 2**16], False)  # noqa: FBT003
        parser.Parse(b"", True)  # noqa: FBT003
    except ExpatError as error:
        cut = error.code in _CUT
        raise BadMarkup("truncated" if cut else "broken", error.lineno) from None
    except (LookupError, ValueError, UnicodeError):
        raise BadMarkup("broken", parser.CurrentLineNumber) from None
    return roots[0]


_CUT = {
    errors.codes[errors.XML_ERROR_NO_ELEMENTS],
    errors.codes[errors.XML_ERROR_UNCLOSED_TOKEN],
    errors.codes[errors.XML_ERROR_PARTIAL_CHAR],
    errors.codes[errors.XML_ERROR_UNCLOSED_CDATA_SECTION],
}
