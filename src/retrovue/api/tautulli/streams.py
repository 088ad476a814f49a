"""How a live stream is delivered, in Tautulli's words: decisions, codecs and resolutions of source and delivery."""

import re
from typing import Any

from retrovue.api.tautulli.plays import DECISIONS
from retrovue.core.domain.playback import RemoteSession

_RESOLUTION = re.compile(r"\d+p|4k|8k|sd", re.IGNORECASE)
_LAYOUT = re.compile(r"\d+(?:\.\d+)?")
_BURNED = "burned"


def stream_words(session: RemoteSession) -> dict[str, Any]:
    """Return what is known of a stream; a key is missing where nothing is."""
    decision = DECISIONS.get(session.decision, session.decision)
    parts = {
        "video": _decided(decision, session.video, session.video_delivered),
        "audio": _decided(decision, session.audio, session.audio_delivered),
        "container": _decided(decision, session.container, session.container_delivered),
    }
    words: dict[str, Any] = {"transcode_decision": decision}
    for name, of_part in parts.items():
        words[f"{name}_decision"] = words[f"stream_{name}_decision"] = of_part
    words |= _picture("", session.video) | _picture("stream_", session.video_delivered)
    words |= _sound("", session.audio) | _sound("stream_", session.audio_delivered)
    words |= {"container": session.container, "stream_container": session.container_delivered}
    words["bitrate"] = _text(session.source_kbps)
    if session.subtitles:
        is_burned = session.subtitles_delivered == _BURNED
        how = "burn" if is_burned else _decided(decision, session.subtitles, session.subtitles_delivered)
        words |= {"subtitles": 1, "subtitle_decision": how, "stream_subtitle_decision": how}
    if decision == "transcode":
        words |= {
            "transcode_video_codec": words.get("stream_video_codec"),
            "transcode_audio_codec": words.get("stream_audio_codec"),
            "transcode_audio_channels": words.get("stream_audio_channels"),
            "transcode_container": session.container_delivered,
            "transcode_speed": _text(session.speed),
            "transcode_hw_encoding": int(session.is_hardware),
            "transcode_hw_decoding": int(session.is_hardware),
        }
    return {name: value for name, value in words.items() if value not in (None, "")}


def bare_resolution(resolution: str | None) -> str:
    """Return a resolution as Plex names it: "1080" for "1080p", "4k" for "4K"."""
    return (resolution or "").lower().removesuffix("p")


def _decided(decision: str, source: str | None, delivered: str | None) -> str:
    """Return what becomes of a part of a stream: of one that is converted, what arrives as it was is a copy."""
    if decision != "transcode":
        return decision
    return "copy" if source and source == delivered else decision


def _picture(before: str, words: str | None) -> dict[str, str]:
    """ "1080p H264"."""
    found: dict[str, str] = {}
    for word in (words or "").split():
        if _RESOLUTION.fullmatch(word):
            found[f"{before}video_full_resolution"] = word.lower()
            found[f"{before}video_resolution"] = bare_resolution(word)
        else:
            found[f"{before}video_codec"] = word.lower()
    return found


def _sound(before: str, words: str | None) -> dict[str, str]:
    """ "AC3 5.1"."""
    found: dict[str, str] = {}
    for word in (words or "").split():
        if _LAYOUT.fullmatch(word):
            found[f"{before}audio_channel_layout"] = word
            found[f"{before}audio_channels"] = str(sum(int(part) for part in word.split(".")))
        else:
            found.setdefault(f"{before}audio_codec", word.lower())
    return found


def _text(value: object) -> str:
    return "" if value is None else str(value)
