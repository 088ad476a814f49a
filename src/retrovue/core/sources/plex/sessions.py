"""Plex's `/status/sessions` as `RemoteSession`."""

from functools import partial
from typing import Any

from retrovue.core.domain.playback import LazyText, RemoteSession
from retrovue.core.sources.documents import LONGEST_MS, between, number_of, ordinal_of, text_of, year_of
from retrovue.core.sources.plex.decode import children, members
from retrovue.core.sources.plex.items import resolution_label
from retrovue.core.sources.plex.xml import Document
from retrovue.core.sources.session_memory import ListedSession, SessionMemory
from retrovue.core.sources.stream_document import stream_document

# Trailers, pre-rolls and other extras are clips.
_EXTRAS = ("clip", "photo")
_CHANNELS = {1: "1.0", 2: "2.0", 6: "5.1", 8: "7.1"}
_AS_SOURCE = ("", "*", None)


def remote_sessions(found: Document, memory: SessionMemory | None = None) -> list[RemoteSession]:
    """Return all live sessions. Entries without a session key are not sessions and are left out.

    Args:
        memory: has the list before, from the same server.
    """
    listed = []
    for entry in members(found):
        key = text_of(entry.get("sessionKey")) if isinstance(entry, dict) else None
        if key is not None:
            still = {**entry, "viewOffset": None}
            listed.append(ListedSession(key, entry, still, position_ms_of(entry)))
    return (memory or SessionMemory()).read(listed, _session)


def _session(entry: Document) -> RemoteSession:
    user, player, session = _child(entry, "User"), _child(entry, "Player"), _child(entry, "Session")
    media = _selected(children(entry, "Media"))
    part = _selected(children(media, "Part"))
    # In a recorded live TV session the transcode session was inside Media.
    transcode = _child(entry, "TranscodeSession") or _child(media, "TranscodeSession")
    live = _is_set(entry.get("live"))
    kind = text_of(entry.get("type")) or "video"
    decision = _decision(part, transcode, is_live=live)
    source = _label(media)
    return RemoteSession(
        session_key=text_of(entry.get("sessionKey")) or "",
        remote_id=text_of(entry.get("ratingKey")),
        kind=kind,
        title=text_of(entry.get("title")) or "",
        state=text_of(player.get("state")) or "playing",
        user=text_of(user.get("title")),
        user_id=text_of(user.get("id")),
        device_id=text_of(player.get("machineIdentifier")),
        player=text_of(player.get("title")),
        product=text_of(player.get("product")),
        platform=text_of(player.get("platform")),
        address=text_of(player.get("address")),
        location=text_of(session.get("location")) or _location(player),
        position_ms=position_ms_of(entry),
        duration_ms=between(number_of(entry.get("duration")), 1, LONGEST_MS),
        decision=decision,
        bandwidth_kbps=number_of(session.get("bandwidth")),
        show_title=text_of(entry.get("grandparentTitle")),
        season_number=ordinal_of(entry.get("parentIndex")) if kind == "episode" else None,
        episode_number=ordinal_of(entry.get("index")) if kind == "episode" else None,
        year=year_of(entry.get("year")),
        aired=(text_of(entry.get("originallyAvailableAt")) or "")[:10] or None if kind == "episode" else None,
        guid=text_of(entry.get("guid")),
        artwork=text_of(entry.get("grandparentThumb")) or text_of(entry.get("thumb")),
        source_label=source,
        delivered_label=_delivered(transcode, source) if decision == "transcode" else source,
        is_live=live,
        document=LazyText(partial(stream_document, entry)),
        credits_at_ms=_credits_at_ms(entry),
        is_extra=not live and (kind in _EXTRAS or entry.get("extraType") is not None),
        stop_id=text_of(session.get("id")),
        **_streams(media, part, transcode, decision),
    )


def _streams(media: Document, part: Document, transcode: Document, decision: str) -> dict[str, Any]:
    """Return what is known of picture, sound, subtitles and container, as they are and as they are delivered."""
    picture = _picture(text_of(media.get("videoResolution")), text_of(media.get("videoCodec")))
    sound = _sound(text_of(media.get("audioCodec")), number_of(media.get("audioChannels")))
    chosen = [s for s in children(part, "Stream") if isinstance(s, dict) and number_of(s.get("streamType")) == 3]
    chosen = [stream for stream in chosen if _is_set(stream.get("selected"))]
    subtitles = _subtitles(chosen[0]) if chosen else None
    container = text_of(part.get("container")) or text_of(media.get("container"))
    facts: dict[str, Any] = {
        "video": picture,
        "video_delivered": picture,
        "audio": sound,
        "audio_delivered": sound,
        "subtitles": subtitles,
        "subtitles_delivered": subtitles,
        "container": container,
        "container_delivered": container,
        "source_kbps": number_of(media.get("bitrate")),
    }
    if decision == "direct_play" or not transcode:
        return facts
    if text_of(transcode.get("videoDecision")) == "transcode":
        height = number_of(transcode.get("height"))
        facts["video_delivered"] = _picture(f"{height}" if height else None, text_of(transcode.get("videoCodec")))
    if text_of(transcode.get("audioDecision")) == "transcode":
        channels = number_of(transcode.get("audioChannels"))
        facts["audio_delivered"] = _sound(text_of(transcode.get("audioCodec")), channels)
    match text_of(transcode.get("subtitleDecision")):
        case "burn":
            facts["subtitles_delivered"] = "burned"
        case "transcode":
            facts["subtitles_delivered"] = (text_of(transcode.get("subtitleCodec")) or "srt").upper()
    facts["container_delivered"] = text_of(transcode.get("container")) or container
    speed = transcode.get("speed")
    facts["speed"] = float(speed) if isinstance(speed, int | float) and speed > 0 else None
    facts["is_hardware"] = _is_set(transcode.get("transcodeHwFullPipeline")) or bool(
        text_of(transcode.get("transcodeHwEncoding"))
    )
    return facts


def position_ms_of(entry: Document) -> int | None:
    """Return a position that something can have."""
    return between(number_of(entry.get("viewOffset")), 0, LONGEST_MS)


def _subtitles(stream: Document) -> str | None:
    codec = text_of(stream.get("codec"))
    words = (text_of(stream.get("displayTitle")) or text_of(stream.get("language")), codec.upper() if codec else None)
    return " · ".join(word for word in words if word) or None


def credits_at_ms(found: Document) -> int | None:
    """Return where the first credits of an item begin, from its metadata with markers; None without any."""
    entries = [entry for entry in members(found) if isinstance(entry, dict)]
    return _credits_at_ms(entries[0]) if entries else None


def _credits_at_ms(entry: Document) -> int | None:
    """Return where the first credits begin. Servers list markers only if requested and detected."""
    markers = [marker for marker in children(entry, "Marker") if isinstance(marker, dict)]
    starts = [number_of(marker.get("startTimeOffset")) for marker in markers if marker.get("type") == "credits"]
    return min((start for start in starts if start is not None and start > 0), default=None)


def _child(entry: Document, name: str) -> Document:
    found = children(entry, name)
    return found[0] if found and isinstance(found[0], dict) else {}


def _is_set(value: Any) -> bool:
    return value in (1, "1", True, "true")


def _selected(entries: list[Any]) -> Document:
    """Return the entry that is playing: the selected one, or the first."""
    documents = [entry for entry in entries if isinstance(entry, dict)]
    chosen = [entry for entry in documents if _is_set(entry.get("selected"))]
    return (chosen or documents or [{}])[0]


def _location(player: Document) -> str | None:
    local = player.get("local")
    return None if local is None else "lan" if _is_set(local) else "wan"


def _decision(part: Document, transcode: Document, *, is_live: bool) -> str:
    """Return the stream decision, by video and audio only; subtitles and container do not count.

    The decisions of the selected streams come first. Live TV has none there, and some responses list no streams; then
    the transcode session decides.
    """
    streams = [s for s in children(part, "Stream") if isinstance(s, dict)]
    decisions: list[str | None] = []
    if not is_live:
        for wanted in (1, 2):
            of_type = [s for s in streams if number_of(s.get("streamType")) == wanted]
            chosen = [s for s in of_type if _is_set(s.get("selected"))] or of_type[:1]
            decisions += [text_of(s.get("decision")) for s in chosen]
    if not any(decisions):
        decisions = [text_of(transcode.get("videoDecision")), text_of(transcode.get("audioDecision"))]
        if not any(decisions) and transcode:
            # Servers from 2014 list a transcode session without its decisions.
            return "transcode"
    if "transcode" in decisions:
        return "transcode"
    return "direct_stream" if "copy" in decisions else "direct_play"


def _label(media: Document) -> str | None:
    """ "1080p H264 · AC3 5.1"."""
    channels = number_of(media.get("audioChannels"))
    return _words(
        resolution_label(text_of(media.get("videoResolution"))),
        text_of(media.get("videoCodec")),
        text_of(media.get("audioCodec")),
        channels,
    )


def _delivered(transcode: Document, source: str | None) -> str | None:
    height = number_of(transcode.get("height"))
    codecs = (text_of(transcode.get("videoCodec")), text_of(transcode.get("audioCodec")))
    if height is None and all(codec in _AS_SOURCE for codec in codecs):
        return source
    return _words(f"{height}p" if height else None, *codecs, number_of(transcode.get("audioChannels")))


def _words(resolution: str | None, video: str | None, audio: str | None, channels: int | None) -> str | None:
    words = (_picture(resolution, video, is_label=True), _sound(audio, channels))
    return " · ".join(word for word in words if word) or None


def _picture(resolution: str | None, codec: str | None, *, is_label: bool = False) -> str | None:
    """ "1080p H264"."""
    shown = resolution if is_label else resolution_label(resolution)
    return (
        " ".join(word for word in (shown, codec.upper() if codec and codec not in _AS_SOURCE else None) if word) or None
    )


def _sound(codec: str | None, channels: int | None) -> str | None:
    """ "AC3 5.1"."""
    layout = _CHANNELS.get(channels, str(channels)) if channels else None
    return (
        " ".join(word for word in (codec.upper() if codec and codec not in _AS_SOURCE else None, layout) if word)
        or None
    )
