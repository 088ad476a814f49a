"""What is sent of a stream, as text: picture, sound, subtitles and container, source → delivered, and why."""

from datetime import datetime

from PySide6.QtCore import QLocale

from retrovue.core.domain.playback import RemoteSession
from retrovue.core.i18n import _
from retrovue.core.services.monitor import ActiveSession
from retrovue.gui.widgets.states import decision_look

_DECISIONS = ("direct_play", "direct_stream", "transcode")


def arrow(source: str | None, delivered: str | None) -> str:
    """ "1080p HEVC → 720p H264", or one of them where nothing changes."""
    if source and delivered and source != delivered:
        return f"{source} → {delivered}"
    return source or delivered or ""


def why(session: RemoteSession) -> list[str]:
    """Why it is converted, a phrase each; the server's own word for a reason that is not known."""
    known = {
        "ContainerNotSupported": _("container not supported"),
        "VideoCodecNotSupported": _("video codec not supported"),
        "VideoCodecTagNotSupported": _("video codec not supported"),
        "AudioCodecNotSupported": _("audio codec not supported"),
        "SubtitleCodecNotSupported": _("subtitles not supported"),
        "VideoResolutionNotSupported": _("resolution not supported"),
        "VideoProfileNotSupported": _("video profile not supported"),
        "VideoLevelNotSupported": _("video profile not supported"),
        "VideoRangeTypeNotSupported": _("HDR not supported"),
        "VideoBitDepthNotSupported": _("bit depth not supported"),
        "VideoBitrateNotSupported": _("bit rate above the limit"),
        "ContainerBitrateExceedsLimit": _("bit rate above the limit"),
        "AudioChannelsNotSupported": _("audio channels not supported"),
        "AudioBitrateNotSupported": _("audio bit rate not supported"),
        "SecondaryAudioNotSupported": _("audio track not supported"),
    }
    names = [name for name in (session.reasons or "").split(",") if name]
    return list(dict.fromkeys(known.get(name, name) for name in names))


def subtitles(session: RemoteSession) -> str:
    """The subtitles, and what becomes of them."""
    delivered = session.subtitles_delivered
    return arrow(session.subtitles, _("burned in") if delivered == "burned" else delivered)


def machine(session: RemoteSession) -> str:
    """ "hardware, 3.2×"; empty where nothing is converted, or nothing is known of how."""
    if session.decision != "transcode":
        return ""
    speed = QLocale().toString(session.speed, "f", 1) + "×" if session.speed else ""
    return ", ".join(part for part in (_("hardware") if session.is_hardware else "", speed) if part)


def remark(session: RemoteSession) -> str:
    """The decision in a line: what becomes of the sound, why, and by what."""
    if session.decision == "direct_play":
        return " · ".join(part for part in (_("Original file"), session.audio or "") if part)
    sound = arrow(session.audio, session.audio_delivered)
    if session.decision == "direct_stream":
        return " · ".join(part for part in (sound, _("New container, video unchanged")) if part)
    parts = (sound, *why(session)[:1], machine(session))
    return " · ".join(part for part in parts if part) or _("Converted for this player")


def stream_facts(session: RemoteSession) -> list[tuple[str, str]]:
    """(name, value) of everything that is known of the stream."""
    kbps = _rates(session)
    facts = [
        (_("Video"), arrow(session.video, session.video_delivered)),
        (_("Audio"), arrow(session.audio, session.audio_delivered)),
        (_("Subtitles"), subtitles(session)),
        (_("Container"), arrow(_upper(session.container), _upper(session.container_delivered))),
        (_("Bit rate"), kbps),
        (_("Why"), _capital(", ".join(why(session)))),
        (_("Converted by"), _capital(machine(session))),
    ]
    if session.video is None:
        facts[0] = (_("Stream"), arrow(session.source_label, session.delivered_label))
    return [(name, value) for name, value in facts if value]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _upper(text: str | None) -> str | None:
    return text.upper() if text else None


def _rates(session: RemoteSession) -> str:
    def rate(kbps: int | None) -> str | None:
        return _("{rate} Mbit/s").format(rate=QLocale().toString(kbps / 1000, "f", 1)) if kbps else None

    delivered = session.bandwidth_kbps if session.decision != "direct_play" else None
    return arrow(rate(session.source_kbps), rate(delivered)) or rate(session.bandwidth_kbps) or ""


def decision_note(before: ActiveSession, active: ActiveSession, now: datetime) -> str:
    """What a session was until now, when its stream decision is another; empty otherwise."""
    if before.session.decision == active.session.decision or before.session.remote_id != active.session.remote_id:
        return ""
    decision = before.session.decision
    word = decision_look(decision).word if decision in _DECISIONS else decision
    return _("{decision} until {time}").format(decision=word, time=now.astimezone().strftime("%H:%M"))
