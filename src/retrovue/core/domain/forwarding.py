"""Notices that also go elsewhere: to a phone, a chat, a mailbox."""

from dataclasses import dataclass, field

KINDS = ("movie", "episode", "live")


@dataclass(frozen=True, slots=True)
class NoticeChoice:
    """What a service is sent, and in which words. An empty list lets everything through.

    Attributes:
        events: by name; empty: those that raise a notice on the desktop.
        servers: their IDs.
        users, libraries: names, compared without case. With `kinds` (of `KINDS`) they leave out what is not a play.
        text: words with fields in braces, see `services.forwarding.wording`; empty: as on the desktop.
    """

    events: tuple[str, ...] = ()
    servers: tuple[int, ...] = ()
    users: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class NoticeTarget:
    """Somewhere that notices are sent to. Its address is not part of it: that is in the keyring.

    Attributes:
        service: what it is called, such as "Discord".
        waiting: how many notices the service has not taken yet.
        tries: how often the oldest of them was tried.
    """

    id: int
    service: str
    choice: NoticeChoice = field(default_factory=NoticeChoice)
    waiting: int = 0
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Unsent:
    """A notice that waits to be sent. `tries` counts those that failed."""

    id: int
    target_id: int
    title: str
    body: str
    tries: int
