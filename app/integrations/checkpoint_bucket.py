"""A bucket as the outside place of checkpoints: S3, or what speaks as it does; signed as AWS Signature Version 4.

A bucket with versions or an object lock keeps what it has even from who holds these credentials; give them the right
to put, get and list (without the last S3 answers 403 for what is missing), not to delete.
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

import httpx

from app.domain.ledger.checkpoint_ports import MAX_BYTES, CannotKeep

SECONDS = 30


def signature(
    *, secret: str, region: str, method: str, path: str, headers: Mapping[str, str], payload_hash: str, at: datetime
) -> str:
    """The signature of one request. `headers` have small names and are all signed; `path` is encoded already."""
    day, moment = f"{at:%Y%m%d}", f"{at:%Y%m%dT%H%M%SZ}"
    lines = "".join(f"{name}:{' '.join(headers[name].split())}\n" for name in sorted(headers))
    request = "\n".join((method, path, "", lines, ";".join(sorted(headers)), payload_hash))
    scope = f"{day}/{region}/s3/aws4_request"
    to_sign = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    key = f"AWS4{secret}".encode()
    for part in (day, region, "s3", "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()


class CheckpointBucket:
    """Objects below `prefix` of `bucket`, addressed by path. Nothing there is replaced: `If-None-Match: *`."""

    def __init__(self, *, url: str, region: str, bucket: str, prefix: str, key: str, secret: str) -> None:
        self.name = f"the bucket {bucket}"
        self._url, self._region, self._bucket, self._prefix = url.rstrip("/"), region, bucket, prefix.strip("/")
        self._key, self._secret = key, secret

    async def put(self, name: str, content: bytes) -> None:
        answer = await self._ask("PUT", name, content, {"if-none-match": "*"})
        if answer.status_code == httpx.codes.PRECONDITION_FAILED:
            there = await self._ask("GET", name, b"", {})
            if there.status_code == httpx.codes.OK and there.content == content:
                return
            msg = f"{self.name} holds another {name}"
            raise CannotKeep(msg)
        if answer.status_code not in (httpx.codes.OK, httpx.codes.CREATED):
            msg = f"{self.name} took no {name}: status {answer.status_code}"
            raise CannotKeep(msg)

    async def get(self, name: str) -> bytes | None:
        answer = await self._ask("GET", name, b"", {})
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        if answer.status_code != httpx.codes.OK or len(answer.content) > MAX_BYTES:
            msg = f"{self.name} gave no {name}: status {answer.status_code}, {len(answer.content)} bytes"
            raise CannotKeep(msg)
        return answer.content

    async def _ask(self, method: str, name: str, content: bytes, more: Mapping[str, str]) -> httpx.Response:
        at, parts = datetime.now(UTC), urlsplit(self._url)
        path = parts.path + quote("/" + "/".join(filter(None, (self._bucket, self._prefix, name))), safe="/~")
        payload_hash = hashlib.sha256(content).hexdigest()
        headers = {
            **more,
            "host": parts.netloc,
            "x-amz-content-sha256": payload_hash,
            "x-amz-date": f"{at:%Y%m%dT%H%M%SZ}",
        }
        signed = signature(
            secret=self._secret,
            region=self._region,
            method=method,
            path=path,
            headers=headers,
            payload_hash=payload_hash,
            at=at,
        )
        scope = f"{self._key}/{at:%Y%m%d}/{self._region}/s3/aws4_request"
        names = ";".join(sorted(headers))
        words = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders={names}, Signature={signed}"
        address = f"{parts.scheme}://{parts.netloc}{path}"
        try:
            async with httpx.AsyncClient(timeout=SECONDS, follow_redirects=False) as client:
                return await client.request(
                    method, address, content=content or None, headers={**headers, "authorization": words}
                )
        except httpx.HTTPError as error:
            msg = f"{self.name} can't be reached ({type(error).__name__})"
            raise CannotKeep(msg) from error
