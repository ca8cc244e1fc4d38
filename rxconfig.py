"""Reflex's configuration: our own styles, one port, no calls home."""

import os

import reflex as rx

PUBLIC_URL = os.environ.get("SANDUK_PUBLIC_URL", "http://127.0.0.1:8000")

config = rx.Config(
    app_name="app",
    app_module_import="app.app",
    telemetry_enabled=False,
    show_built_with_reflex=False,
    frontend_compression_formats=["brotli", "gzip"],
    cors_allowed_origins=[PUBLIC_URL],
    disable_plugins=[rx.plugins.SitemapPlugin],
)
