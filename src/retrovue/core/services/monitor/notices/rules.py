"""What a person wants to be told of: events by switch, and plays by user, library, server, place, or whose they are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time

from retrovue.core.services.monitor.events import PlaybackEvent
from retrovue.core.system.settings import Settings, names_of


@dataclass(frozen=True, slots=True)
class NoticeFilter:
    """What is let through by user, library, server and kind. Names are folded.

    Attributes:
        kinds: kinds of items that alone are told of; "live" is live TV. Empty: all.
    """

    muted_users: frozenset[str] = frozenset()
    muted_libraries: frozenset[str] = frozenset()
    muted_servers: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()

    def lets(self, event: PlaybackEvent, library: str | None) -> bool:
        """Whether an event passes. Of a server itself only the server is asked for.

        Args:
            library: the name of the library that is played from, where it is known.
        """
        if event.server.casefold() in self.muted_servers:
            return False
        session = event.session
        if session is None:
            return True
        if (session.user or "").casefold() in self.muted_users:
            return False
        if library is not None and library.casefold() in self.muted_libraries:
            return False
        return not self.kinds or ("live" if session.is_live else session.kind) in self.kinds


@dataclass(frozen=True, slots=True)
class NoticeRules:
    """The settings of notices. Names are compared without case.

    Attributes:
        wanted: events that raise a notice, by name.
        delay_s: how long something must have played before its start counts.
        place: "all", "local" or "remote".
        general: holds for every event.
        filters: hold for single events besides, by name.
        buffering_times: how often a stream has buffered when it is told.
        streams: how many streams of one person at a time are told.
        own_ids: the account that is signed in on each server; with `own_names` these plays are left out.
    """

    wanted: frozenset[str] = frozenset()
    delay_s: float = 10.0
    place: str = "all"
    general: NoticeFilter = NoticeFilter()
    filters: Mapping[str, NoticeFilter] = field(default_factory=dict)
    buffering_times: int = 1
    streams: int = 2
    leaves_out_own: bool = False
    own_names: frozenset[str] = frozenset()
    own_ids: Mapping[int, str] = field(default_factory=dict)

    def admits(self, event: PlaybackEvent, library: str | None) -> bool:
        """Whether the filters of all events let one through; its switch is not asked here.

        Args:
            library: the name of the library that is played from, where it is known.
        """
        if not self.general.lets(event, library):
            return False
        session = event.session
        if session is None:
            return True
        is_local = (session.location or "lan").casefold() == "lan"
        if self.place != "all" and (self.place == "local") is not is_local:
            return False
        return not (self.leaves_out_own and self._is_own(event))

    def wants(self, notice: str, event: PlaybackEvent, library: str | None) -> bool:
        """Whether a notice is switched on, and its own filter lets the event through that it is about."""
        own = self.filters.get(notice)
        return notice in self.wanted and (own is None or own.lets(event, library))

    def _is_own(self, event: PlaybackEvent) -> bool:
        session = event.session
        if session is None:
            return False
        own_id = self.own_ids.get(event.server_id)
        is_signed_in = own_id is not None and own_id == session.user_id
        return is_signed_in or (session.user or "").casefold() in self.own_names


def rules_of(settings: Settings, own_ids: Mapping[int, str] | None = None) -> NoticeRules:
    """The rules that the settings stand for.

    Args:
        own_ids: by server id, the server's own id of the account that is signed in there.
    """
    return NoticeRules(
        wanted=frozenset(event for event, is_on in settings.notices.items() if is_on),
        delay_s=settings.notice_delay_s,
        place=settings.notice_place,
        general=NoticeFilter(
            muted_users=_folded(settings.notice_muted_users),
            muted_libraries=_folded(settings.notice_muted_libraries),
            muted_servers=_folded(settings.notice_muted_servers),
            kinds=_folded(settings.notice_kinds),
        ),
        filters={event: _filter_of(fields) for event, fields in settings.notice_filters.items()},
        buffering_times=settings.notice_buffering,
        streams=settings.notice_streams,
        leaves_out_own=settings.notice_not_me,
        own_names=_folded(settings.notice_my_names),
        own_ids=own_ids or {},
    )


def asks_for_libraries(settings: Settings) -> bool:
    """Whether any filter needs to know which library is played from."""
    return bool(settings.notice_muted_libraries) or any(
        "libraries" in each for each in settings.notice_filters.values()
    )


def in_quiet_hours(hours: str, local: time) -> bool:
    """Whether notices stay silent at this time of day: "22:00-07:00" crosses midnight, its end is loud again.

    Args:
        hours: `Settings.quiet_hours`; empty: never. The same start and end is the whole day.
        local: the time on the wall.
    """
    start_text, dash, end_text = hours.partition("-")
    if not dash:
        return False
    start, end = time.fromisoformat(start_text), time.fromisoformat(end_text)
    if start < end:
        return start <= local < end
    return local >= start or local < end


def _filter_of(fields: Mapping[str, str]) -> NoticeFilter:
    users, libraries, servers, kinds = (
        _folded(fields.get(name, "")) for name in ("users", "libraries", "servers", "kinds")
    )
    return NoticeFilter(users, libraries, servers, kinds)


def _folded(text: str) -> frozenset[str]:
    return frozenset(name.casefold() for name in names_of(text))
