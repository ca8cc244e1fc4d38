"""Is this really a paper or a picture, and nothing besides? Pure. The name that came with it counts for nothing.

A picture is walked through block by block: it must end where the file ends, and be of a size that can be opened. A PDF
must not run, start or carry anything, nor pack its objects so that this can't be seen. What is taken is sealed and only
ever sent out as a download.
"""

import re
import struct
import zlib

from app.kit.errors import InvalidInput

MAX_BYTES = 5_000_000
MAX_SIDE, MAX_PIXELS = 20_000, 60_000_000
KINDS = {"pdf": "application/pdf", "jpeg": "image/jpeg", "png": "image/png"}
"""What is taken, and as what it goes out."""
_PNG, _JPEG, _PDF = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"%PDF-"
_ACTIVE = re.compile(
    rb"/(JavaScript|JS|Launch|EmbeddedFiles?|OpenAction(?!\s*\[)|AA|RichMedia|XFA|SubmitForm|ImportData|GoToE|GoToR)"
    rb"(?![A-Za-z])"
)
"""What a PDF would do by itself. To open at a page, an array, is what LibreOffice writes into every one."""
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
_STREAM = re.compile(rb"(?<!end)stream\r?\n?")
_OTHER_PACKING = re.compile(
    rb"/(ASCIIHexDecode|AHx|ASCII85Decode|A85|LZWDecode|LZW|RunLengthDecode|RL|Predictor)(?![A-Za-z0-9])"
)
MAX_STREAMS, HEAD, UNPACKED = 5_000, 1_024, 20_000_000
"""Of a PDF: its streams, bytes looked at before each, and what its packed objects may come to together."""
_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})


def kind_of(content: bytes) -> str:
    """A key of KINDS. Raises InvalidInput(file) for all else, and says why."""
    if not content:
        raise InvalidInput("file", "file_missing")
    if len(content) > MAX_BYTES:
        raise InvalidInput("file", "file_too_large", megabytes=MAX_BYTES // 10**6)
    for start, kind, check in ((_PNG, "png", _check_png), (_JPEG, "jpeg", _check_jpeg), (_PDF, "pdf", _check_pdf)):
        if content.startswith(start):
            check(content)
            return kind
    raise InvalidInput("file", "paper_kind")


def _check_size(width: int, height: int) -> None:
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE) or width * height > MAX_PIXELS:
        raise InvalidInput("file", "paper_pixels")


def _broken() -> InvalidInput:
    return InvalidInput("file", "paper_broken")


def _check_png(content: bytes) -> None:
    at, is_first = len(_PNG), True
    while at + 12 <= len(content):
        length, name = struct.unpack_from(">I4s", content, at)
        end = at + 12 + length
        if end > len(content) or is_first != (name == b"IHDR"):
            raise _broken()
        if is_first:
            if length != 13:
                raise _broken()
            _check_size(*struct.unpack_from(">II", content, at + 8))
            is_first = False
        if name == b"IEND":
            if end != len(content):
                raise _broken()
            return
        at = end
    raise _broken()


def _check_jpeg(content: bytes) -> None:
    """Segments up to the picture's data; that ends with the file's end mark."""
    at, has_size = 2, False
    while at + 4 <= len(content):
        if content[at] != 0xFF:
            raise _broken()
        mark = content[at + 1]
        if mark == 0xFF:
            at += 1
            continue
        length = struct.unpack_from(">H", content, at + 2)[0]
        if length < 2 or at + 2 + length > len(content):
            raise _broken()
        if mark in _FRAMES:
            if length < 8:
                raise _broken()
            height, width = struct.unpack_from(">HH", content, at + 5)
            _check_size(width, height)
            has_size = True
        if mark == 0xDA:
            if not has_size or not content.rstrip(b"\0").endswith(b"\xff\xd9"):
                raise _broken()
            return
        at += 2 + length
    raise _broken()


def _check_pdf(content: bytes) -> None:
    if b"%%EOF" not in content[-1024:] or b"/Encrypt" in content:
        raise _broken()
    for objects in (content, *_packed_objects(content)):
        if _ACTIVE.search(_plain(objects)):
            raise InvalidInput("file", "paper_active")


def _plain(objects: bytes) -> bytes:
    """With its names written out."""
    return _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), objects)


def _packed_objects(content: bytes) -> list[bytes]:
    """What the object streams of a PDF hold. Raises InvalidInput where they are packed as no scanner packs them."""
    held: list[bytes] = []
    room = UNPACKED
    for count, found in enumerate(_STREAM.finditer(content)):
        if count >= MAX_STREAMS:
            raise _broken()
        head = content[max(0, found.start() - HEAD) : found.start()]
        head = _plain(head[head.rfind(b"endobj") + 1 :])
        if b"/ObjStm" not in head or b"/Filter" not in head:
            continue
        if _OTHER_PACKING.search(head):
            raise _broken()
        unpacking = zlib.decompressobj()
        try:
            held.append(unpacking.decompress(memoryview(content)[found.end() :], room + 1))
        except zlib.error:
            raise _broken() from None
        room -= len(held[-1])
        if room < 0 or not unpacking.eof:
            raise _broken()
    return held
