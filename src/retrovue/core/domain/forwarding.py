"""Notices that also go elsewhere: to a phone, a chat, a mailbox."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NoticeTarget:
    """Somewhere that notices are sent to. Its address is not part of it: that is in the keyring.

    Attributes:
        service: what it is called, such as "Discord".
        events: by name; empty: those that raise a notice on the desktop.
        server_id, user: only what happens there, or what this person does; None for everything.
    """

    id: int
    service: str
    events: tuple[str, ...] = ()
    server_id: int | None = None
    user: str | None = None


@dataclass(frozen=True, slots=True)
class Unsent:
    """A notice that waits to be sent. `tries` counts those that failed."""

    id: int
    target_id: int
    title: str
    body: str
    tries: int
