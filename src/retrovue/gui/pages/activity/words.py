"""What the Activity page says of a session, as text."""

from datetime import datetime, timedelta

from PySide6.QtCore import QLocale

from retrovue.core.domain.playback import EventKind, RemoteSession, session_code, session_title
from retrovue.core.i18n import _
from retrovue.core.services.monitor import ActiveSession, PlaybackEvent
from retrovue.gui import text
from retrovue.gui.pages.activity import streams
from retrovue.gui.widgets.states import StateLook, decision_look

_DEVICES = (
    ("device-mobile", ("phone", "iphone", "ios", "mobile")),
    ("device-tablet", ("tablet", "ipad")),
    ("television", ("tv", "shield", "chromecast", "roku", "webos", "tizen", "xbox", "playstation", "android")),
    ("laptop", ("laptop", "macbook")),
)


def clock(position_ms: int | None) -> str:
    """ "24:18", "1:27:16"; a dash for an unknown position."""
    if position_ms is None:
        return text.DASH
    minutes, seconds = divmod(max(0, position_ms) // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def megabits(kbps: int) -> str:
    """ "18.4", without the unit; no decimals for nothing."""
    return QLocale().toString(kbps / 1000, "f", 1) if kbps else "0"


def rate(kbps: int | None) -> str:
    """ "18.4 Mbit/s"; empty when it was not told."""
    return _("{rate} Mbit/s").format(rate=megabits(kbps)) if kbps else ""


def heading(session: RemoteSession) -> str:
    """The show, or the movie itself."""
    return session.show_title or session.title or _("Untitled")


def item_line(session: RemoteSession) -> str:
    """ "S02E07 · The Tide Table", "Movie · 1987"."""
    if session.show_title is not None:
        return " · ".join(part for part in (session_code(session), session.title) if part)
    kinds = {"movie": _("Movie"), "track": _("Music"), "clip": _("Clip"), "photo": _("Photo")}
    kind = _("Live TV") if session.is_live else kinds.get(session.kind, _("Video"))
    return " · ".join([kind] if session.year is None else [kind, str(session.year)])


def player_line(session: RemoteSession) -> str:
    """ "Living Room · Plex for Android (TV)"."""
    return " · ".join(part for part in (session.player, session.product or session.platform) if part)


def device_icon(session: RemoteSession) -> str:
    """The icon of what plays."""
    said = " ".join(part for part in (session.product, session.platform, session.player) if part).casefold()
    return next((icon for icon, words in _DEVICES if any(word in said for word in words)), "desktop")


def delivery(session: RemoteSession) -> str:
    """The picture as it is, and what becomes of it; picture and sound where the server tells only both."""
    if session.video:
        return streams.arrow(session.video, session.video_delivered)
    return streams.arrow(session.source_label, session.delivered_label)


def reason(session: RemoteSession) -> str:
    """The decision in a line."""
    return streams.remark(session)


def look_of(session: RemoteSession) -> StateLook:
    """The pill of the stream decision; the server's own word for one that is not known."""
    if session.decision in ("direct_play", "direct_stream", "transcode"):
        return decision_look(session.decision)
    return StateLook("question", "text2", session.decision)


def network(session: RemoteSession) -> tuple[str, str]:
    """(icon, word) of where the player is; empty when it was not told."""
    match (session.location or "").casefold():
        case "lan":
            return "house-simple", _("LAN")
        case "wan" | "cellular":
            return "globe-simple", _("WAN")
        case "relay":
            return "globe-simple", _("Relay")
    return "", ""


def is_local(session: RemoteSession) -> bool:
    """Whether its bandwidth counts for the home network."""
    return (session.location or "lan").casefold() == "lan"


def progress_remark(active: ActiveSession, position_ms: int | None, now: datetime) -> str:
    """ "ends 21:42", "Paused 3 min", "Buffering", "No report for 4 min"."""
    session = active.session
    silent_since = active.silent_since(now)
    if silent_since is not None:
        return _("No report for {n} min").format(n=int((now - silent_since).total_seconds() // 60))
    if session.state == "paused":
        passed = int((now - active.state_since).total_seconds() // 60)
        return _("Paused {n} min").format(n=passed) if passed else _("Paused")
    if session.state == "buffering":
        return _("Buffering")
    if session.duration_ms and position_ms is not None and not session.is_live:
        end = now + timedelta(milliseconds=max(0, session.duration_ms - position_ms))
        return _("ends at {time}").format(time=end.astimezone().strftime("%H:%M"))
    return ""


def event_look(event: PlaybackEvent) -> StateLook:
    """Shape and word of what happened."""
    return {
        EventKind.STARTED: StateLook("play-fill", "accent", _("Started")),
        EventKind.PAUSED: StateLook("pause-fill", "text2", _("Paused")),
        EventKind.RESUMED: StateLook("play-fill", "accent", _("Resumed")),
        EventKind.BUFFERING: StateLook("circle-notch", "warning", _("Buffering")),
        EventKind.STOPPED: StateLook("square-fill", "text2", _("Stopped")),
        EventKind.WATCHED: StateLook("check-circle-fill", "success", _("Watched")),
        EventKind.ERROR: StateLook("warning", "danger", _("Stream failed")),
        EventKind.DECISION_CHANGED: StateLook("arrows-clockwise", "text2", _("Stream changed")),
        EventKind.SERVER_DOWN: StateLook("plugs", "danger", _("No response")),
        EventKind.SERVER_UP: StateLook("check-circle-fill", "success", _("Back online")),
    }[event.kind]


def sentence(active: ActiveSession, now: datetime) -> str:
    """A whole card in one sentence, for those who do not see it."""
    session = active.session
    position_ms = active.position_ms_at(now)
    at = _("{position} of {length}").format(position=clock(position_ms), length=clock(session.duration_ms))
    parts = (
        session_title(session),
        session.user or _("Someone"),
        player_line(session),
        active.server,
        look_of(session).word,
        delivery(session),
        at,
        progress_remark(active, position_ms, now),
        network(session)[1],
        rate(session.bandwidth_kbps),
    )
    return ", ".join(part for part in parts if part)
