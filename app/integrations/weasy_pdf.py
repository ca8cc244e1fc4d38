"""WeasyPrint behind the port of documents, in a process of its own: layout is long work in Python, and would hold up
whatever shares its interpreter. It needs Pango (Debian: libpango-1.0-0, libpangoft2-1.0-0).

The process answers frames on its pipes, ends with whoever started it, after IDLE_SECONDS without work, and when a
document takes too long. Started as `python -m app.integrations.weasy_pdf FONTS`.
"""

import asyncio
import base64
import gc
import json
import logging
import struct
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

from app.domain.reports.ports import Attachment, CannotPrint

VARIANT = "pdf/ua-1"
LIMIT_SECONDS = 600
IDLE_SECONDS = 300
END_SECONDS = 5
"""What a process has to take its files away, once nothing more is asked of it."""
LARGE = 200_000
"""Letters of a document after which the process is ended at once: its memory, 100 MB and more, goes back."""
_LENGTH = struct.Struct(">?I")
"""Before each answer: whether it is a document, and its bytes."""


class WeasyPrinter:
    """One document at a time: layout takes memory, and a second one at once would not be quicker."""

    def __init__(self, fonts: Path) -> None:
        self._fonts = fonts
        self._one = asyncio.Lock()
        self._child: Process | None = None
        self._idle: asyncio.TimerHandle | None = None

    async def pdf(self, html: str, attachments: Sequence[Attachment] = ()) -> bytes:
        """See PdfPrinter. The first document waits for the process, about a second."""
        async with self._one:
            if self._idle:
                self._idle.cancel()
            child = await self._running()
            try:
                async with asyncio.timeout(LIMIT_SECONDS):
                    is_document, answer = await _ask(child, html, attachments)
            except (OSError, EOFError, TimeoutError) as error:
                await self._kill()
                raise CannotPrint(type(error).__name__) from error
            except BaseException:  # given up: what the process would still say must not answer the next one
                await self._kill()
                raise
            if len(html) > LARGE:
                await self.close()
            else:
                self._idle = asyncio.get_running_loop().call_later(IDLE_SECONDS, _dismiss, child)
        if not is_document:
            raise CannotPrint(answer.decode())
        return answer

    async def close(self) -> None:
        """End the process; the next document starts another."""
        child, self._child = self._child, None
        if child is None:
            return
        _dismiss(child)
        try:
            async with asyncio.timeout(END_SECONDS):
                await child.wait()
        except TimeoutError:
            self._child = child
            await self._kill()

    async def _kill(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            with suppress(ProcessLookupError):
                child.kill()
            await child.wait()

    async def _running(self) -> Process:
        child = self._child
        if child is None or child.returncode is not None or _is_dismissed(child):
            child = self._child = await asyncio.create_subprocess_exec(
                sys.executable, "-m", __name__, str(self._fonts), stdin=PIPE, stdout=PIPE
            )
        return child


def _is_dismissed(child: Process) -> bool:
    return child.stdin is None or child.stdin.is_closing()


def _dismiss(child: Process) -> None:
    """Nothing more will be asked: it ends by itself."""
    if child.stdin is not None:
        child.stdin.close()


async def _ask(child: Process, html: str, attachments: Sequence[Attachment]) -> tuple[bool, bytes]:
    assert child.stdin is not None
    assert child.stdout is not None
    files = [[one.name, base64.b64encode(one.content).decode(), one.description] for one in attachments]
    question = json.dumps({"html": html, "files": files}).encode()
    child.stdin.write(_LENGTH.pack(1, len(question)) + question)
    await child.stdin.drain()
    is_document, length = _LENGTH.unpack(await child.stdout.readexactly(_LENGTH.size))
    return is_document, await child.stdout.readexactly(length)


def _serve(fonts: Path, asked: BinaryIO, told: BinaryIO) -> None:
    """Answer until whoever asks is gone."""
    for name in ("weasyprint", "fontTools"):
        logging.getLogger(name).setLevel(logging.ERROR)
    fetcher = _fetcher(fonts)
    while head := asked.read(_LENGTH.size):
        question = json.loads(asked.read(_LENGTH.unpack(head)[1]))
        try:
            is_document, answer = True, _print(question["html"], question["files"], fetcher)
        except Exception as error:  # whatever a document runs into is its own failure: said, and the next one is taken
            is_document, answer = False, f"{type(error).__name__}: {error}"[:200].encode()
        told.write(_LENGTH.pack(is_document, len(answer)) + answer)
        told.flush()
        gc.collect()  # a document's fonts lie in a folder of its own, which goes with the last that knows of it


def _print(html: str, files: list[list[str]], fetcher: Any) -> bytes:
    import weasyprint
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import FatalURLFetchingError

    attached = [
        weasyprint.Attachment(string=base64.b64decode(content), name=name, description=description)
        for name, content, description in files
    ]
    try:
        made = weasyprint.HTML(string=html, url_fetcher=fetcher).write_pdf(
            font_config=FontConfiguration(), pdf_variant=VARIANT, attachments=attached
        )
    except FatalURLFetchingError as error:  # a BaseException, which would end the process
        raise ValueError(str(error)) from error
    assert isinstance(made, bytes)
    return made


def _fetcher(fonts: Path) -> Any:
    """`font:name.ttf` of the folder, and what is written in the address itself; anything else is refused."""
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class Inside(URLFetcher):
        def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
            if url.startswith("data:"):
                return super().fetch(url, headers)
            name = url.removeprefix("font:")
            path = fonts / name
            if name == url or "/" in name or path.suffix != ".ttf" or not path.is_file():
                msg = f"a document names {url[:80]}, which is not in it"
                raise ValueError(msg)
            return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": "font/ttf"})

    return Inside(allowed_protocols=["data"], fail_on_errors=True)


if __name__ == "__main__":
    _serve(Path(sys.argv[1]), sys.stdin.buffer, sys.stdout.buffer)
