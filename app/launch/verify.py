"""`./sanduk verify-receipt FILE`: is this receipt or statement signed by us, and does its paper say what was signed?

Works offline, from the token alone or from the PDF that carries it. Says nothing of what happened since: that is the
check page's.
"""

import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from app.kit.signing import MAX_TOKEN, NoKeys, SigningKeyMissing, Verifier
from app.launch.paths import Refusal, say
from app.launch.place import folder_of

ATTACHED = ("receipt.jws", "statement.jws")
MAX_BYTES = 50_000_000
SECONDS = 60
POPPLER = "poppler-utils"


@dataclass(slots=True)
class Verdict:
    """`facts` are printed a line each, `reasons` say what does not fit."""

    facts: dict[str, str] = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)


def verify(file: Path, keys: Path | None, data: Path | None) -> Verdict:
    """Raises Refusal (2) for a file or keys that can't be read."""
    verifier = _verifier(keys, data)
    content = _read(file)
    is_pdf = content.startswith(b"%PDF-")
    token = _attached(file) if is_pdf else content.decode("utf-8", "replace").strip()
    if token is None:
        return Verdict(reasons=["no receipt.jws or statement.jws is attached: nothing in this file was signed"])
    payload = verifier.verify(token)
    if payload is None:
        return Verdict(reasons=["the signature fits none of the keys"])
    if payload.get("typ") not in ("receipt", "statement") or payload.get("v") != 1:
        return Verdict(reasons=["the token is signed, but is no receipt or statement"])
    found = Verdict(_facts(payload))
    if is_pdf:
        found.reasons = _differences(payload, _text(file))
    return found


def _read(file: Path) -> bytes:
    try:
        if file.stat().st_size > MAX_BYTES:
            msg = f"{file} is larger than {MAX_BYTES // 10**6} MB."
            raise Refusal(msg, 2)
        content = file.read_bytes()
    except OSError as error:
        msg = f"{file} can't be read ({error.strerror})."
        raise Refusal(msg, 2) from error
    if not content.startswith(b"%PDF-") and (len(content) > MAX_TOKEN or content.strip().count(b".") != 2):
        msg = f"{file} is neither a PDF nor a signed token."
        raise Refusal(msg, 2)
    return content


def _verifier(keys: Path | None, data: Path | None) -> Verifier:
    """The given JWK set's keys, else this installation's."""
    try:
        if keys is not None:
            return Verifier.of_jwks(keys.read_text("utf-8"))
        folder = os.environ.get("SANDUK_KEY_FOLDER")
        return Verifier.of_folder(Path(folder) if folder else folder_of(data) / "keys")
    except (OSError, NoKeys, SigningKeyMissing, ValueError) as error:
        why = "the file can't be read as a JWK set" if keys is not None else "this installation has none"
        msg = f"No keys to verify with: {why}. Name the issuer's with --keys JWKS (from /.well-known/jwks.json)."
        raise Refusal(msg, 2) from error


def _attached(file: Path) -> str | None:
    """The token in the PDF, None without one."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "token"
        for name in ATTACHED:
            # by name, to a name of ours: what an attachment calls itself decides nothing about where it is written
            _poppler("pdfdetach", "-savefile", name, "-o", str(out), str(file))
            if out.is_file():
                return out.read_bytes()[: MAX_TOKEN + 1].decode("utf-8", "replace").strip()
    return None


def _text(file: Path) -> str:
    return " ".join(_poppler("pdftotext", "-enc", "UTF-8", str(file), "-").split())


def _poppler(name: str, *arguments: str) -> str:
    """Reading a stranger's PDF is another program's work, with a time limit. Raises Refusal without it."""
    program = shutil.which(name)
    if program is None:
        msg = f"{name} is missing. Run once: sudo apt-get install --yes --no-install-recommends {POPPLER}"
        raise Refusal(msg, 2)
    try:
        done = subprocess.run([program, *arguments], capture_output=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        msg = f"{name} did not come to an end with this file."
        raise Refusal(msg, 2) from error
    return done.stdout.decode("utf-8", "replace")


def _facts(payload: dict[str, Any]) -> dict[str, str]:
    common = {"kind": payload["typ"], "issuer": payload["iss"], "check": payload["jti"], "group": payload["group"]}
    member = {"member": payload["member"], "entry": str(payload["seq"]), "hash": payload["hash"]}
    if payload["typ"] == "receipt":
        own = {
            "number": payload["receipt_no"],
            "amount": _shown(payload, "amount_minor"),
            "paid": payload["paid_on"],
            "method": payload["method"],
            "reference": payload["ref"],
        }
    else:
        own = {
            "period": f"{payload['from']} {payload['until']}",
            "opening": _shown(payload, "opening_minor"),
            "in": _shown(payload, "in_minor"),
            "out": _shown(payload, "out_minor"),
            "closing": _shown(payload, "closing_minor"),
            "lines": str(payload["lines"]),
            "digest": payload["digest"],
        }
    return {**common, **own, **member}


def _value(payload: dict[str, Any], name: str) -> Decimal:
    return Decimal(payload[name]).scaleb(-payload["exponent"])


def _shown(payload: dict[str, Any], name: str) -> str:
    return f"{payload['currency']} {_value(payload, name)}"


def _differences(payload: dict[str, Any], text: str) -> list[str]:
    """What the PDF's words say otherwise than the token. Pictures in it are not read."""
    is_receipt = payload["typ"] == "receipt"
    names = ("amount_minor",) if is_receipt else ("opening_minor", "in_minor", "out_minor", "closing_minor")
    signed = {_value(payload, name) for name in names}
    shown = amounts(text, payload["currency"], payload["exponent"])
    reasons = [f"the PDF shows {payload['currency']} {one}, which was not signed" for one in sorted(shown - signed)]
    reasons += [f"the PDF does not show {payload['currency']} {one}" for one in sorted(signed - shown)]
    code = payload["jti"]
    if code not in text.replace("-", ""):
        reasons.append("the PDF does not show the check code that was signed")
    if is_receipt and payload["receipt_no"] not in text:
        reasons.append(f"the PDF does not show the receipt number {payload['receipt_no']}")
    return reasons


def amounts(text: str, currency: str, exponent: int) -> set[Decimal]:
    """Every amount that stands behind the currency's code: `KES 37,000.00`, `INR 12,34,567.50`.

    A day may follow the code too, where a column's head ends: it has no decimals, and a month behind it.
    """
    decimals = rf"\.\d{{{exponent}}}(?!\d)" if exponent else r"(?![\d.,]*\d)(?!\s+\w+\s+\d{4})"
    found = re.findall(rf"\b{re.escape(currency)}\s*([\u2212-]?\s?\d[\d,]*{decimals})", text)
    return {Decimal(one.replace(",", "").replace(" ", "").replace("\u2212", "-")) for one in found}


def report(found: Verdict, file: Path) -> tuple[str, int]:
    """What goes to stdout, and the exit status; words to the person on stderr."""
    is_valid = not found.reasons
    lines = ["valid" if is_valid else "invalid", *(f"{name} {value}" for name, value in found.facts.items())]
    lines += [f"reason {one}" for one in found.reasons]
    if is_valid:
        path = "c" if found.facts["kind"] == "receipt" else "s"
        say(f"{file} is as it was signed. What happened since: {found.facts['issuer']}/{path}/{found.facts['check']}")
    else:
        say(f"{file} is not what was signed.")
    return "\n".join(lines) + "\n", 0 if is_valid else 1
