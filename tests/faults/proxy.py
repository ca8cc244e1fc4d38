"""A socket between the application and its database that can be cut, or swallow the answer to a COMMIT."""

import shutil
import socket
import tempfile
import threading
from contextlib import suppress
from pathlib import Path

PIECE = 65536


class Proxy:
    """`url` is the database's through us. `swallow`: the next COMMIT is passed on, its answer isn't."""

    def __init__(self, sockets: Path) -> None:
        self._target = str(sockets / ".s.PGSQL.5432")
        self._folder = Path(tempfile.mkdtemp(prefix="sanduk-proxy-"))
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._threads: list[threading.Thread] = []
        self.swallow = threading.Event()
        self._listener: socket.socket | None = None

    def __enter__(self) -> "Proxy":
        self.join()
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()
        for thread in self._threads:
            thread.join(5)
        shutil.rmtree(self._folder, ignore_errors=True)

    def url(self, role: str) -> str:
        return f"postgresql://{role}@/sanduk?host={self._folder}"

    def join(self) -> None:
        """Pass everything on, from now."""
        path = self._folder / ".s.PGSQL.5432"
        path.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen(64)
        self._start(self._accept, self._listener)

    def cut(self) -> None:
        """Every connection ends now, and none is taken."""
        (self._folder / ".s.PGSQL.5432").unlink(missing_ok=True)
        if self._listener:
            with suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
        for pair in self._pairs:
            _end(*pair)
        self._pairs.clear()

    def _start(self, work: object, *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)  # type: ignore[arg-type]
        thread.start()
        self._threads.append(thread)

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            try:
                server.connect(self._target)
            except OSError:
                client.close()
                server.close()
                continue
            self._pairs.append((client, server))
            self._start(self._out, client, server)
            self._start(self._back, client, server)

    def _out(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while piece := client.recv(PIECE):
                if self.swallow.is_set() and b"COMMIT" in piece:
                    self.swallow.clear()
                    client.shutdown(socket.SHUT_RDWR)  # the answer has nobody to go to
                    server.sendall(piece)
                    _wait_for_answer(server)
                    break
                server.sendall(piece)
        _end(client, server)

    def _back(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while piece := server.recv(PIECE):
                client.sendall(piece)
        _end(client, server)


def _wait_for_answer(server: socket.socket) -> None:
    server.settimeout(0.3)
    with suppress(OSError):
        server.recv(PIECE)


def _end(*ends: socket.socket) -> None:
    for end in ends:
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        with suppress(OSError):
            end.close()
