"""A bucket that speaks as S3 does: it checks each request's signature by itself, and keeps what it is given."""

import hashlib
import hmac
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KEY, SECRET, REGION = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "eu-north-1"


@dataclass
class Bucket:
    """`broken`: a status with which every request is answered."""

    url: str = ""
    objects: dict[str, bytes] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    broken: int = 0


def _mac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), "sha256").digest()


def _is_signed(request: BaseHTTPRequestHandler, body: bytes) -> bool:
    """AWS's description of Signature Version 4, followed from its text."""
    form = r"AWS4-HMAC-SHA256 Credential=(\S+)/(\d{8})/(\S+)/s3/aws4_request, SignedHeaders=(\S+), Signature=(\w+)"
    found = re.fullmatch(form, request.headers.get("authorization", ""))
    if not found or (found[1], found[3]) != (KEY, REGION):
        return False
    names = found[4].split(";")
    if not {"host", "x-amz-date", "x-amz-content-sha256"} <= set(names) or names != sorted(names):
        return False
    if request.headers["x-amz-content-sha256"] != hashlib.sha256(body).hexdigest():
        return False
    headers = "".join(f"{name}:{request.headers[name].strip()}\n" for name in names)
    asked = f"{request.command}\n{request.path}\n\n{headers}\n{found[4]}\n{request.headers['x-amz-content-sha256']}"
    stamp, scope = request.headers["x-amz-date"], f"{found[2]}/{REGION}/s3/aws4_request"
    key = _mac(_mac(_mac(_mac(f"AWS4{SECRET}".encode(), found[2]), REGION), "s3"), "aws4_request")
    said = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(asked.encode()).hexdigest()}"
    return hmac.compare_digest(_mac(key, said).hex(), found[5])


@contextmanager
def running_bucket() -> Iterator[Bucket]:
    bucket = Bucket()

    class Handler(BaseHTTPRequestHandler):
        def answer(self, status: int, body: bytes = b"") -> None:
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            if bucket.broken:
                self.answer(bucket.broken)
            elif not _is_signed(self, body):
                bucket.refused.append(self.path)
                self.answer(403)
            elif self.path in bucket.objects and self.headers.get("if-none-match") == "*":
                self.answer(412)
            else:
                bucket.objects[self.path] = body
                self.answer(200)

        def do_GET(self) -> None:
            if not _is_signed(self, b""):
                self.answer(403)
            elif self.path in bucket.objects:
                self.answer(200, bucket.objects[self.path])
            else:
                self.answer(404)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    bucket.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield bucket
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
