"""How events are told to a person: one by one, and several in one notice."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from retrovue.core.domain.playback import EventKind, session_title
from retrovue.core.i18n import _, ngettext
from retrovue.core.services.monitor.events import PlaybackEvent

_MAX_LINES = 5


@dataclass(frozen=True, slots=True)
class NoticeText:
    """A text for the desktop's notification service and the record of alerts."""

    title: str
    body: str
    event: str
    server_id: int | None


def notice_of(event: PlaybackEvent) -> NoticeText:
    """How an event is told to a person."""
    session = event.session
    if session is None:
        if event.kind is EventKind.SERVER_DOWN:
            title = _("{server} is not responding").format(server=event.server)
            body = _("Everything stored is still here. RetroVue keeps trying.")
        else:
            title, body = _("{server} is back online").format(server=event.server), ""
        return NoticeText(title, body, event.kind.value, event.server_id)
    who = session.user or _("Someone")
    titles = {
        EventKind.STARTED: _("{user} started watching"),
        EventKind.PAUSED: _("{user} paused"),
        EventKind.RESUMED: _("{user} resumed watching"),
        EventKind.BUFFERING: _("{user}’s stream is buffering"),
        EventKind.STOPPED: _("{user} stopped watching"),
        EventKind.WATCHED: _("{user} watched to the end"),
        EventKind.ERROR: _("{user}’s stream failed"),
        EventKind.DECISION_CHANGED: _("{user}’s stream changed"),
    }
    where = " · ".join(part for part in (event.server, session.player) if part)
    body = "\n".join((session_title(session), where))
    return NoticeText(titles[event.kind].format(user=who), body, event.kind.value, event.server_id)


def count_of(kind: EventKind, n: int) -> str:
    """ "5 streams started"."""
    match kind:
        case EventKind.STARTED:
            text = ngettext("{n} stream started", "{n} streams started", n)
        case EventKind.STOPPED:
            text = ngettext("{n} stream stopped", "{n} streams stopped", n)
        case EventKind.PAUSED:
            text = ngettext("{n} stream paused", "{n} streams paused", n)
        case EventKind.RESUMED:
            text = ngettext("{n} stream resumed", "{n} streams resumed", n)
        case EventKind.WATCHED:
            text = ngettext("{n} stream was watched to the end", "{n} streams were watched to the end", n)
        case EventKind.ERROR:
            text = ngettext("{n} stream failed", "{n} streams failed", n)
        case _:
            text = ngettext("{n} stream event", "{n} stream events", n)
    return text.format(n=n)


def burst_notice(kind: EventKind, events: Sequence[PlaybackEvent]) -> NoticeText:
    """One notice for many events of a kind; it names who watches what, the first few of them."""
    lines = [
        " · ".join(part for part in (event.session.user, session_title(event.session)) if part)
        for event in events[:_MAX_LINES]
        if event.session is not None
    ]
    more = len(events) - _MAX_LINES
    if more > 0:
        lines.append(ngettext("and {n} more", "and {n} more", more).format(n=more))
    servers = {event.server_id for event in events}
    return NoticeText(
        count_of(kind, len(events)), "\n".join(lines), kind.value, servers.pop() if len(servers) == 1 else None
    )


def summary_lines(kinds: Counter[EventKind]) -> list[str]:
    """What happened to streams, a line for each kind of event."""
    return [count_of(kind, n) for kind, n in sorted(kinds.items()) if n]


def back_notice(server: str, server_id: int, kinds: Counter[EventKind], event: str) -> NoticeText:
    """A server answers again, and what happened on it meanwhile."""
    title = _("{server} is back online").format(server=server)
    return NoticeText(title, "\n".join(summary_lines(kinds)), event, server_id)


def away_notice(kinds: Counter[EventKind], down: Sequence[str], event: str) -> NoticeText:
    """What happened while this computer slept."""
    lines = [_("{server} is not responding").format(server=server) for server in down]
    return NoticeText(_("While this computer was asleep"), "\n".join([*lines, *summary_lines(kinds)]), event, None)
