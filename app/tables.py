"""Imports every domain's models, so that the metadata is complete for migrations and tests."""

from sqlmodel import SQLModel

metadata = SQLModel.metadata
