"""Hostile files: what is no plain paper or picture is refused, and says why."""

import struct
import zlib

import pytest

from app.domain.welfare.files import MAX_BYTES, kind_of
from app.kit.errors import InvalidInput


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int = 1, height: int = 1, *more: bytes, after: bytes = b"") -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n"
        + head
        + b"".join(more)
        + chunk(b"IDAT", zlib.compress(b"\0\0"))
        + chunk(b"IEND", b"")
        + after
    )


def jpeg(width: int = 4, height: int = 4, *, end: bytes = b"\xff\xd9", frame: bool = True) -> bytes:
    size = b"\xff\xc0" + struct.pack(">HBHHB", 11, 8, height, width, 1) + b"\1\x11\0"
    scan = b"\xff\xda" + struct.pack(">H", 8) + b"\1\1\0\0\x3f\0"
    return b"\xff\xd8\xff\xe0\0\x04JF" + (size if frame else b"") + scan + b"data" + end


def pdf(body: bytes = b"", end: bytes = b"%%EOF\n") -> bytes:
    return b"%PDF-1.7\n1 0 obj << /Type /Catalog " + body + b" >> endobj\n" + end


def packed(objects: bytes, head: bytes = b"/Filter /FlateDecode", *, cut: int = 0) -> bytes:
    """A PDF that keeps its objects as every one since 1.5 may: in a stream, deflated."""
    data = zlib.compress(objects)
    stream = data[: len(data) - cut] + b"\nendstream\nendobj\n"
    return pdf() + b"5 0 obj << /Type /ObjStm /N 1 /First 4 " + head + b" >> stream\n" + stream + b"%%EOF\n"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (png(), "png"),
        (png(10_000, 6_000), "png"),
        (jpeg(), "jpeg"),
        (jpeg(end=b"\xff\xd9\0\0"), "jpeg"),
        (pdf(), "pdf"),
        (pdf(b"/OpenAction [3 0 R /Fit]"), "pdf"),
        (packed(b"1 0 << /Type /Pages /Count 1 >>"), "pdf"),
        (packed(b"1 0 << >>") + b"6 0 obj << /Filter /A85 >> stream\nx\nendstream\nendobj\n%%EOF\n", "pdf"),
    ],
)
def test_plain_papers_and_pictures_are_taken(content: bytes, kind: str) -> None:
    assert kind_of(content) == kind


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "file_missing"),
        (pdf() + b" " * MAX_BYTES, "file_too_large"),
        (b"MZ\x90\0", "paper_kind"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>", "paper_kind"),
        (b"<html><script>1</script>", "paper_kind"),
        (b"PK\x03\x04 a document with macros", "paper_kind"),
        (b"GIF89a", "paper_kind"),
        (b" " + pdf(), "paper_kind"),
        (png(after=b"<script>alert(1)</script>"), "paper_broken"),
        (png()[:-6], "paper_broken"),
        (png()[:20], "paper_broken"),
        (b"\x89PNG\r\n\x1a\n" + chunk(b"IEND", b""), "paper_broken"),
        (b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 2**31) + b"IHDR", "paper_broken"),
        (png(100_000, 100_000), "paper_pixels"),
        (png(0, 5), "paper_pixels"),
        (png(20_000, 20_000), "paper_pixels"),
        (jpeg(65_535, 65_535), "paper_pixels"),
        (jpeg(frame=False), "paper_broken"),
        (jpeg(end=b"PK\x05\x06"), "paper_broken"),
        (jpeg()[:12], "paper_broken"),
        (b"\xff\xd8\xff" + b"\xff" * 100, "paper_broken"),
        (pdf(end=b""), "paper_broken"),
        (pdf(b"/Encrypt 5 0 R"), "paper_broken"),
        (pdf(b"/OpenAction << /S /JavaScript /JS (app.alert(1)) >>"), "paper_active"),
        (pdf(b"/OpenAction 5 0 R"), "paper_active"),
        (pdf(b"/OpenActions [ ] /S /JavaScript"), "paper_active"),
        (pdf(b"/A << /S /J#61vaScript >>"), "paper_active"),
        (pdf(b"/AA << >>"), "paper_active"),
        (pdf(b"/Names << /EmbeddedFiles 3 0 R >>"), "paper_active"),
        (pdf(b"/S /Launch"), "paper_active"),
        (packed(b"1 0 << /OpenAction << /S /JavaScript /JS (app.alert(1)) >> >>"), "paper_active"),
        (packed(b"1 0 << /S /J#61vaScript >>"), "paper_active"),
        (packed(b"1 0 << /S /JavaScript >>").replace(b"stream\n", b"stream\r", 1), "paper_active"),
        (packed(b"1 0 << /AA << >> >>", b"/F#69lter /Fl"), "paper_active"),
        (packed(b"1 0 << /AA << >> >>", b"/Filter [/A85 /FlateDecode]"), "paper_broken"),
        (packed(b"1 0 << >>", b"/Filter /FlateDecode /DecodeParms << /Predictor 12 >>"), "paper_broken"),
        (packed(b"1 0 << >>", cut=6), "paper_broken"),
        (packed(b" " * 20_000_001), "paper_broken"),
        (pdf() + b"stream\n" * 5_001 + b"%%EOF", "paper_broken"),
    ],
)
def test_all_else_is_refused_and_says_why(content: bytes, why: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        kind_of(content)
    assert (caught.value.field, caught.value.why) == ("file", why)


def test_a_word_that_only_begins_alike_is_no_action() -> None:
    assert kind_of(pdf(b"/AAPL /JSomething")) == "pdf"
