"""The public keys that verify our receipts."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from app import wiring

router = APIRouter()


@router.get("/.well-known/jwks.json")
async def jwks() -> JSONResponse:
    """A JWK set (RFC 7517): the current key first, then the retired ones. Any site may read it."""
    headers = {"cache-control": "public, max-age=3600", "access-control-allow-origin": "*"}
    return JSONResponse(wiring.services().signer.jwks(), headers=headers, media_type="application/jwk-set+json")
