"""Defects to Sentry, by SANDUK_SENTRY_DSN: traces without local variables, requests, cookies, addresses or users."""

from typing import Any

import sentry_sdk
from sentry_sdk.integrations.logging import LoggingIntegration

from app.kit.json_logs import masked

DROPPED = ("request", "user", "breadcrumbs", "extra", "server_name", "modules")


def start(dsn: str, *, environment: str, **options: Any) -> None:
    """Once per process; a second call with the same address changes nothing. `options` are the SDK's."""
    if sentry_sdk.get_client().options.get("dsn") == dsn:
        return
    sentry_sdk.init(
        dsn=dsn,
        environment=environment,
        include_local_variables=False,
        include_source_context=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[LoggingIntegration(level=None, event_level=40)],
        before_send=_without_persons,
        **options,
    )


def _without_persons(event: Any, hint: Any) -> Any:  # noqa: ARG001
    """Keep the kind of defect and where it is, without its message; mask what a sentence of ours may hold."""
    for name in DROPPED:
        event.pop(name, None)
    for one in event.get("exception", {}).get("values", ()):
        one["value"] = ""
        for frame in one.get("stacktrace", {}).get("frames", ()):
            frame.pop("vars", None)
    entry = event.get("logentry", {})
    entry.pop("params", None)
    for name in ("message", "formatted"):
        if name in entry:
            entry[name] = masked(str(entry[name]))
    return event
