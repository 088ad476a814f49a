"""The text of a notice in a person's own words: fields in braces, filled in by what happened.

`fields_of` says what an event has; what it does not have is empty. A line whose fields are all empty is left out, so
that one text serves every event. The first of several lines becomes the title.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, tzinfo

from retrovue.core.domain.errors import ConfigError
from retrovue.core.domain.playback import EventKind, RemoteSession, session_title
from retrovue.core.i18n import _
from retrovue.core.services.monitor.events import PlaybackEvent
from retrovue.core.services.monitor.notices import NoticeText, Told
from retrovue.core.services.monitor.notices.words import device_notice, notice_of, several_notice

_FIELD = re.compile(r"\{([^{}]*)\}")
_MOST = 2_000
_ALWAYS = ("headline", "details", "event", "date", "time")
_OF_SERVER = (*_ALWAYS, "server")
_OF_STREAM = (
    *_OF_SERVER,
    *"user title show season episode year type library player platform state position duration percent".split(),
    *"decision bandwidth address".split(),
)
_SERVER_EVENTS = frozenset({EventKind.SERVER_DOWN.value, EventKind.SERVER_UP.value})
_SYNC_EVENTS = frozenset({"sync_finished", "sync_failed", "held_back", "leaving_soon"})


def fields_of(event: str) -> tuple[str, ...]:
    """Return the fields that an event has, by name."""
    if event in _SYNC_EVENTS:
        return _ALWAYS
    return _OF_SERVER if event in _SERVER_EVENTS else _OF_STREAM


def check_text(text: str) -> str:
    """Return a text as it is kept.

    Raises:
        ConfigError: it is too long, or has a field that no event has.
    """
    text = text.strip()
    if len(text) > _MOST:
        raise ConfigError(
            _("This text is too long for a notification."), hint=_("Use at most {n} characters.").format(n=_MOST)
        )
    unknown = [name for name in _FIELD.findall(text) if name.strip() not in _OF_STREAM]
    if unknown:
        raise ConfigError(
            _("There is no field “{name}”.").format(name=unknown[0]),
            hint=_("Fields: {fields}").format(fields=", ".join(f"{{{name}}}" for name in _OF_STREAM)),
        )
    return text


def worded(text: str, told: Told, library: str | None, zone: tzinfo) -> tuple[str, str]:
    """Return (title, body) of a notice in the words of a text; an empty text leaves it as it is on the desktop.

    Notices of several events at once have no fields of their own, and stay as they are too.
    """
    notice = told.notice
    if not text or (told.event is None and notice.event not in _SYNC_EVENTS):
        return notice.title, notice.body
    values = _values(told, library, zone)
    lines = [line for each in text.splitlines() if (line := _filled(each, values)) is not None]
    title, body = ("", "") if not lines else ("", lines[0]) if len(lines) == 1 else (lines[0], "\n".join(lines[1:]))
    return (title, body) if title or body else (notice.title, notice.body)


def preview(text: str, event: str, now: datetime, zone: tzinfo) -> tuple[str, str]:
    """Return (title, body) of a made-up notice of an event.

    Raises:
        ConfigError: the text is not valid, or there is no such event.
    """
    return worded(check_text(text), sample(event, now), _SAMPLE_LIBRARY, zone)


def sample(event: str, now: datetime) -> Told:
    """Return a made-up notice of an event.

    Raises:
        ConfigError: there is no such event.
    """
    made = _sync_samples().get(event)
    if made is not None:
        return Told(NoticeText(made[0], made[1], event, None), event, now)
    special: Mapping[str, Callable[[PlaybackEvent], NoticeText]] = {
        "several_streams": lambda happened: several_notice(happened, 2),
        "new_device": device_notice,
    }
    try:
        kind = EventKind.STARTED if event in special else EventKind(event)
    except ValueError:
        raise ConfigError(_("Unknown event: {event}").format(event=event)) from None
    session = None if event in _SERVER_EVENTS else _SAMPLE
    happened = PlaybackEvent(kind, now, "Attic", 0, session)
    return Told(special.get(event, notice_of)(happened), event, now, event=happened)


_SAMPLE_LIBRARY = "TV"
_SAMPLE = RemoteSession(
    "1",
    "1",
    "episode",
    "Low Tide",
    "playing",
    user="Anna",
    user_id="1",
    player="Living Room",
    platform="Android",
    address="192.168.1.20",
    position_ms=754_000,
    duration_ms=2_640_000,
    decision="transcode",
    bandwidth_kbps=8_200,
    show_title="Harbour Lights",
    season_number=2,
    episode_number=5,
    year=2024,
)


def _sync_samples() -> Mapping[str, tuple[str, str]]:
    return {
        "sync_finished": (_("Sync complete"), "TV"),
        "sync_failed": (_("Sync incomplete"), "TV"),
        "held_back": (_("Removals are held back"), _("Nothing is removed until you decide.")),
        "leaving_soon": (_("Titles are leaving soon"), "Panorama (1987)"),
    }


def _filled(line: str, values: Mapping[str, str]) -> str | None:
    """Return a line with its fields filled in; None where it has fields and all of them are empty."""
    names = [name.strip() for name in _FIELD.findall(line)]
    if names and not any(values.get(name) for name in names):
        return None
    return _FIELD.sub(lambda found: values.get(found[1].strip(), ""), line).rstrip()


def _values(told: Told, library: str | None, zone: tzinfo) -> dict[str, str]:
    notice, event = told.notice, told.event
    at = told.at.astimezone(zone)
    values = {
        "headline": notice.title,
        "details": notice.body,
        "event": notice.event,
        "date": f"{at:%Y-%m-%d}",
        "time": f"{at:%H:%M}",
    }
    if event is None:
        return values
    values["server"] = event.server
    session = event.session
    if session is None:
        return values
    percent = None
    if session.position_ms is not None and session.duration_ms:
        percent = min(100, session.position_ms * 100 // session.duration_ms)
    found = {
        "user": session.user,
        "title": session_title(session),
        "show": session.show_title,
        "season": session.season_number,
        "episode": session.episode_number,
        "year": session.year,
        "type": "live" if session.is_live else session.kind,
        "library": library,
        "player": session.player,
        "platform": session.platform,
        "state": session.state,
        "position": _clock(session.position_ms),
        "duration": _clock(session.duration_ms),
        "percent": None if percent is None else f"{percent} %",
        "decision": session.decision.replace("_", " "),
        "bandwidth": None if session.bandwidth_kbps is None else f"{session.bandwidth_kbps / 1000:.1f} Mbit/s",
        "address": session.address,
    }
    return values | {name: "" if value is None else str(value) for name, value in found.items()}


def _clock(length_ms: int | None) -> str | None:
    """Return a position as 1:02:03."""
    if length_ms is None:
        return None
    at = datetime.fromtimestamp(length_ms // 1000, UTC)
    hours = length_ms // 3_600_000
    return f"{hours}:{at:%M:%S}" if hours else f"{at.minute}:{at:%S}"
