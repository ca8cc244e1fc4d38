"""The HTTP side, mounted beside the pages: sign-in, checks, keys, uploads."""

from fastapi import FastAPI

from app.api import checks, imports, keys, session
from app.api.guard import Guard

api = FastAPI(title="Sanduk", openapi_url=None, docs_url=None, redoc_url=None)
for room in (session, checks, keys, imports):
    api.include_router(room.router)
api.add_middleware(Guard)
