"""Where the pages send somebody after a defect of ours, and what a device shows without a connection."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from app.api.html import page
from app.kit.i18n import t

router = APIRouter()


@router.get("/trouble")
async def trouble() -> HTMLResponse:
    return page("trouble.html", status=500, problem=t("error.unexpected"))


@router.get("/offline")
async def offline() -> HTMLResponse:
    """Kept by the browser's worker (`assets/worker.js`)."""
    return page("offline.html")
