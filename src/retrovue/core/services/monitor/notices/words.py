"""How events are told to a person: one by one, and several in one notice."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from retrovue.core.domain.playback import EventKind, session_title
from retrovue.core.i18n import _, ngettext
from retrovue.core.services.monitor.events import PlaybackEvent

_MAX_LINES = 5
SEVERAL_STREAMS, NEW_DEVICE = "several_streams", "new_device"


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
    what = session_title(session)
    if event.kind is EventKind.DECISION_CHANGED:
        what = f"{what} · {_decision(session.decision)}"
    where = " · ".join(part for part in (event.server, session.player) if part)
    body = "\n".join((what, where))
    return NoticeText(titles[event.kind].format(user=who), body, event.kind.value, event.server_id)


def _decision(decision: str) -> str:
    words = {
        "direct_play": _("Direct play"),
        "direct_stream": _("Direct stream"),
        "transcode": _("Transcode"),
    }
    return words.get(decision, decision)


def several_notice(event: PlaybackEvent, n: int) -> NoticeText:
    """One person plays on several devices at a time; `event` is the start of the last stream."""
    session = event.session
    assert session is not None
    who = session.user or _("Someone")
    title = ngettext("{user} has {n} stream", "{user} has {n} streams", n).format(user=who, n=n)
    where = " · ".join(part for part in (event.server, session.player) if part)
    return NoticeText(title, "\n".join((session_title(session), where)), SEVERAL_STREAMS, event.server_id)


def device_notice(event: PlaybackEvent) -> NoticeText:
    """Somebody plays on a device that the history does not know of them."""
    session = event.session
    assert session is not None
    who = session.user or _("Someone")
    title = _("{user} plays on a new device").format(user=who)
    device = " · ".join(part for part in (session.player, session.product or session.platform) if part)
    body = "\n".join(part for part in (device, session.address or "", event.server) if part)
    return NoticeText(title, body, NEW_DEVICE, event.server_id)


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
        case EventKind.BUFFERING:
            text = ngettext("{n} stream is buffering", "{n} streams are buffering", n)
        case EventKind.DECISION_CHANGED:
            text = ngettext("{n} stream changed", "{n} streams changed", n)
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
