"""Ed25519 signatures as compact JWS (RFC 7515, `alg` of RFC 9864), and the published keys that verify them.

The key folder holds `signing.pem` (PKCS #8, 0600) and, after a rotation, `retired/*.pem`: older keys, whole or their
public halves, which sign nothing more and verify what they signed. Signing is local: no network.
"""

import base64
import json
import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from app.kit import canonical

ALGORITHM = "Ed25519"
CURRENT = "signing.pem"
RETIRED = "retired"
MAX_TOKEN = 16_000
"""Longer texts are no tokens of ours."""


class SigningKeyMissing(Exception):
    """There is no signing key, and this installation may not make one by itself."""


class NoKeys(ValueError):
    """A JWK set without an Ed25519 key, or no JWK set."""


class Verifier:
    """Keys that verify. A key's id is its thumbprint, whatever a file calls it."""

    def __init__(self, keys: Sequence[OKPKey]) -> None:
        self._keys = {key.thumbprint(): key for key in keys}

    @classmethod
    def of_jwks(cls, text: str) -> "Verifier":
        """The Ed25519 keys of a JWK set. Raises NoKeys."""
        try:
            listed = json.loads(text)["keys"]
            keys = [OKPKey.import_key(one) for one in listed if one.get("crv") == ALGORITHM]
        except (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise NoKeys from error
        if not keys:
            raise NoKeys
        return cls(keys)

    @classmethod
    def of_folder(cls, folder: Path) -> "Verifier":
        """An installation's keys, without making any. Raises SigningKeyMissing, and ValueError for no Ed25519 key."""
        if not (folder / CURRENT).exists():
            raise SigningKeyMissing(folder / CURRENT)
        return cls([_read(folder / CURRENT), *_retired(folder)])

    @classmethod
    def of_pems(cls, pems: Sequence[bytes]) -> "Verifier":
        """Keys as their files hold them, the current one first. Raises NoKeys."""
        try:
            return cls([OKPKey.import_key(pem) for pem in pems])
        except (JoseError, ValueError, TypeError) as error:
            raise NoKeys from error

    def verify(self, token: str) -> dict[str, Any] | None:
        """The payload, or None for anything that isn't, character by character, a token one of our keys signed."""
        key = self._key_for(token)
        if key is None:
            return None
        try:
            payload = json.loads(jws.deserialize_compact(token, key, algorithms=[ALGORITHM]).payload)
        except (JoseError, ValueError):
            return None
        return payload if isinstance(payload, dict) else None

    def public_keys(self) -> list[bytes]:
        """The raw keys, 32 bytes each, the current one first."""
        return [_decode(str(key.as_dict(private=False)["x"])) for key in self._keys.values()]

    def jwks(self) -> dict[str, list[dict[str, str]]]:
        """The public keys as a JWK set (RFC 7517), the current one first."""
        return {
            "keys": [
                {"kty": "OKP", "crv": ALGORITHM, "x": str(key.as_dict(private=False)["x"]), "kid": kid}
                | {"use": "sig", "alg": ALGORITHM}
                for kid, key in self._keys.items()
            ]
        }

    def _key_for(self, token: str) -> OKPKey | None:
        parts = token.split(".")
        if len(token) > MAX_TOKEN or len(parts) != 3 or not all(_is_base64url(part) for part in parts):
            return None
        try:
            header = json.loads(_decode(parts[0]))
        except (ValueError, RecursionError):
            return None
        # Exactly our header: no `crit`, `b64`, `jwk` or other algorithm to be talked into.
        if not isinstance(header, dict) or header.keys() != {"alg", "kid"} or header["alg"] != ALGORITHM:
            return None
        kid = header["kid"]
        return self._keys.get(kid) if isinstance(kid, str) else None


class Signer(Verifier):
    """The key that signs, and those that once did. `issuer` is the installation's address, written into tokens."""

    def __init__(self, current: OKPKey, retired: Sequence[OKPKey] = (), *, issuer: str = "") -> None:
        super().__init__((current, *retired))
        self.issuer = issuer.rstrip("/")
        self.kid = current.thumbprint()
        self._current = current

    @classmethod
    def load(cls, folder: Path, *, issuer: str = "", may_create: bool = False) -> "Signer":
        """Read the folder; with `may_create` (development) make the key at the first start, once also in a race.

        Raises SigningKeyMissing otherwise, and ValueError for a file that holds no Ed25519 key.
        """
        path = folder / CURRENT
        if not path.exists():
            if not may_create:
                msg = f"{path} is missing. Make it once with: openssl genpkey -algorithm ed25519 -out {path}"
                raise SigningKeyMissing(msg)
            _create(path)
        current = _read(path)
        if not current.is_private:
            msg = f"{path} holds a public key only"
            raise ValueError(msg)
        return cls(current, _retired(folder), issuer=issuer)

    def sign(self, payload: dict[str, Any]) -> str:
        """A compact JWS over the payload's canonical JSON (RFC 8785). ValueError for a fraction, and from 2^53 on."""
        canonical.require_exact(payload)
        header = {"alg": ALGORITHM, "kid": self.kid}
        return jws.serialize_compact(header, canonical.encode(payload), self._current, algorithms=[ALGORITHM])

    def sign_text(self, text: str) -> bytes:
        """The bare signature of a text of whole lines: no such text is ever what a JWS signs, which has no line's end.

        ValueError for any other text.
        """
        if not text.endswith("\n"):
            msg = "only a text of whole lines is signed bare"
            raise ValueError(msg)
        private = self._current.private_key
        assert isinstance(private, Ed25519PrivateKey)
        return private.sign(text.encode())

    @property
    def public_key(self) -> bytes:
        """The raw key that signs, 32 bytes."""
        return self.public_keys()[0]


def is_signed(public_key: bytes, signature: bytes, text: str) -> bool:
    """Whether the bare signature over the text is this key's."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, text.encode())
    except (InvalidSignature, ValueError):
        return False
    return True


def _retired(folder: Path) -> list[OKPKey]:
    return [_read(file) for file in sorted((folder / RETIRED).glob("*.pem"))]


def _create(path: Path) -> None:
    """Write the key beside its place and link it there: whoever comes second finds the first one's."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{CURRENT}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(OKPKey.generate_key(ALGORITHM).as_pem(private=True))
            file.flush()
            os.fsync(file.fileno())
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            return
    finally:
        draft.unlink()


def _read(path: Path) -> OKPKey:
    try:
        key = OKPKey.import_key(path.read_bytes())
    except (JoseError, ValueError, TypeError) as error:
        msg = f"{path} holds no Ed25519 key"
        raise ValueError(msg) from error
    if key.as_dict(private=False)["crv"] != ALGORITHM:
        msg = f"{path} holds no Ed25519 key"
        raise ValueError(msg)
    return key


def _decode(part: str) -> bytes:
    return base64.b64decode(part + "=" * (-len(part) % 4), altchars="-_", validate=True)


def _is_base64url(part: str) -> bool:
    """Whether the text is the one spelling of its bytes: spare bits of the last character are zero, no padding."""
    try:
        return base64.urlsafe_b64encode(_decode(part)).decode().rstrip("=") == part
    except ValueError:
        return False
