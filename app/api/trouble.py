"""Where the pages send somebody after a defect of ours."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from app.api.html import page

router = APIRouter()


@router.get("/trouble")
async def trouble() -> HTMLResponse:
    return page("trouble.html", status=500)
