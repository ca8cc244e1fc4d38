"""What documents need from outside."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file inside a PDF."""

    name: str
    content: bytes
    description: str


class CannotPrint(Exception):
    """The document was not made; the text says why, without its content."""


class PdfPrinter(Protocol):
    """Makes PDF/UA files: tagged, with title and language, fonts embedded."""

    async def pdf(self, html: str, attachments: Sequence[Attachment] = ()) -> bytes:
        """The document; takes from a quarter of a second to many. Raises CannotPrint.

        `html` is ours, with title and lang; it may name nothing but `font:` files and `data:` addresses.
        """
        ...
