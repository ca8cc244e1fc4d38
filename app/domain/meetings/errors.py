"""Facts that stop a meeting from being recorded."""

from app.kit.errors import DomainError


class MeetingRecorded(DomainError):
    """The group's meeting of that day is recorded already; `day` says which."""

    code = "meeting_recorded"
    http_status = 409
