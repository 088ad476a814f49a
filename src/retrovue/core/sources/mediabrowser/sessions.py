"""Emby's and Jellyfin's `/Sessions` as `RemoteSession`."""

from functools import partial
from typing import Any

from retrovue.core.domain.playback import LazyText, RemoteSession
from retrovue.core.sources.documents import LONGEST_MS, between, number_of, ordinal_of, text_of, year_of
from retrovue.core.sources.http.network import is_private
from retrovue.core.sources.mediabrowser.decode import Document
from retrovue.core.sources.mediabrowser.values import TICKS_PER_MS, day_of, moment, ms_of_ticks, resolution_label
from retrovue.core.sources.session_memory import ListedSession, SessionMemory
from retrovue.core.sources.stream_document import stream_document

_LIVE = ("TvChannel", "Program", "LiveTvProgram", "LiveTvChannel")
_EXTRAS = ("Trailer", "Photo")
_FIRST_YEAR = 1970
_INSTANTS = dict.fromkeys(("LastActivityDate", "LastPlaybackCheckIn"))
_CHANNELS = {1: "1.0", 2: "2.0", 6: "5.1", 8: "7.1"}


def remote_sessions(rows: list[Any], memory: SessionMemory | None = None) -> list[RemoteSession]:
    """Return the sessions that are playing. Servers list every connected device, and most play nothing.

    Args:
        memory: has the list before, from the same server.
    """
    listed = []
    for row in rows:
        playing = row.get("NowPlayingItem") if isinstance(row, dict) else None
        if isinstance(playing, dict) and text_of(row.get("Id")) is not None:
            listed.append(_listed(row))
    return (memory or SessionMemory()).read(listed, _session)


def _listed(row: Document) -> ListedSession:
    state = _child(row, "PlayState")
    still = {**row, "PlayState": {**state, "PositionTicks": None}, **_INSTANTS}
    return ListedSession(text_of(row.get("Id")) or "", row, still, _position_ms(state), _checked_in_at(row))


def _session(row: Document) -> RemoteSession:
    item, state = _child(row, "NowPlayingItem"), _child(row, "PlayState")
    transcoding = _child(row, "TranscodingInfo")
    decision = _decision(state, transcoding)
    type_word = text_of(item.get("Type")) or "Video"
    episode = type_word == "Episode"
    address = text_of(row.get("RemoteEndPoint"))
    source = _label(item)
    # Of live TV the item is the channel, with the program that is on.
    program = _child(item, "CurrentProgram")
    program_id = text_of(program.get("Id"))
    return RemoteSession(
        session_key=text_of(row.get("Id")) or "",
        remote_id=text_of(item.get("Id")),
        kind=type_word.lower(),
        title=text_of(program.get("Name")) or text_of(item.get("Name")) or "",
        state="paused" if state.get("IsPaused") is True else "playing",
        user=text_of(row.get("UserName")),
        user_id=text_of(row.get("UserId")),
        device_id=text_of(row.get("DeviceId")),
        player=text_of(row.get("DeviceName")),
        product=text_of(row.get("Client")),
        platform=text_of(row.get("DeviceType")),
        address=address,
        location=None if address is None else "lan" if is_private(_host(address)) else "wan",
        position_ms=_position_ms(state),
        duration_ms=ms_of_ticks(number_of(item.get("RunTimeTicks"))),
        decision=decision,
        bandwidth_kbps=_kbps(transcoding, item, decision),
        show_title=text_of(item.get("SeriesName")),
        season_number=ordinal_of(item.get("ParentIndexNumber")) if episode else None,
        episode_number=ordinal_of(item.get("IndexNumber")) if episode else None,
        year=year_of(item.get("ProductionYear")),
        aired=day_of(text_of(item.get("PremiereDate"))) if episode else None,
        guid=None if program_id is None else f"program://{program_id}",
        artwork=_artwork(item),
        source_label=source,
        delivered_label=_delivered(transcoding, source) if decision == "transcode" else source,
        is_live=type_word in _LIVE,
        document=LazyText(partial(stream_document, row)),
        checked_in_at=_checked_in_at(row),
        is_extra=type_word in _EXTRAS or text_of(item.get("ExtraType")) is not None,
        # Jellyfin and Emby send this for every device; players that take no orders say so.
        stop_id=text_of(row.get("Id")) if row.get("SupportsRemoteControl") is not False else None,
        **_streams(state, item, transcoding, decision),
    )


def _streams(state: Document, item: Document, transcoding: Document, decision: str) -> dict[str, Any]:
    """Return what is known of picture, sound, subtitles and container, as they are and as they are delivered."""
    listed = item.get("MediaStreams")
    found = [stream for stream in listed if isinstance(stream, dict)] if isinstance(listed, list) else []
    video = next((stream for stream in found if stream.get("Type") == "Video"), {})
    audio = _chosen(found, "Audio", state.get("AudioStreamIndex"))
    text = _chosen(found, "Subtitle", state.get("SubtitleStreamIndex"), or_first=False)
    resolution = resolution_label(number_of(video.get("Width")), number_of(video.get("Height")))
    picture = _words(resolution, text_of(video.get("Codec")), {})
    sound = _words(None, None, audio)
    subtitles = text_of(text.get("DisplayTitle")) or text_of(text.get("Codec"))
    container = text_of(item.get("Container"))
    bits = number_of(item.get("Bitrate")) or number_of(video.get("BitRate"))
    facts: dict[str, Any] = {
        "video": picture,
        "video_delivered": picture,
        "audio": sound,
        "audio_delivered": sound,
        "subtitles": subtitles,
        "subtitles_delivered": subtitles,
        "container": container,
        "container_delivered": container,
        "source_kbps": None if bits is None else bits // 1_000,
    }
    if decision == "direct_play" or not transcoding:
        return facts
    if transcoding.get("IsVideoDirect") is not True:
        height = number_of(transcoding.get("Height"))
        facts["video_delivered"] = _words(f"{height}p" if height else None, text_of(transcoding.get("VideoCodec")), {})
    if transcoding.get("IsAudioDirect") is not True:
        codec = {"Codec": transcoding.get("AudioCodec"), "Channels": transcoding.get("AudioChannels")}
        facts["audio_delivered"] = _words(None, None, codec)
    facts["container_delivered"] = text_of(transcoding.get("Container")) or container
    reasons = transcoding.get("TranscodeReasons")
    # A list since Jellyfin 10.8, one text with commas before.
    words = reasons if isinstance(reasons, list) else (text_of(reasons) or "").split(",")
    facts["reasons"] = ",".join(word for each in words if (word := (text_of(each) or "").strip())) or None
    facts["is_hardware"] = (text_of(transcoding.get("HardwareAccelerationType")) or "none").lower() != "none"
    if "SubtitleCodecNotSupported" in (facts["reasons"] or "") and subtitles:
        facts["subtitles_delivered"] = "burned"
    return facts


def _chosen(streams: list[Document], kind: str, index: Any, *, or_first: bool = True) -> Document:
    """Return the stream with this index; for sound the default one where none is named."""
    of_kind = [stream for stream in streams if stream.get("Type") == kind]
    named = [stream for stream in of_kind if index is not None and stream.get("Index") == index]
    default = [stream for stream in of_kind if stream.get("IsDefault") is True] or of_kind
    return (named or (default if or_first else []) or [{}])[0]


def _position_ms(state: Document) -> int | None:
    position = number_of(state.get("PositionTicks"))
    return None if position is None else between(position // TICKS_PER_MS, 0, LONGEST_MS)


def _checked_in_at(row: Document) -> float | None:
    """Return when the player last reported. Jellyfin sends it, with the year 1 for a device that never played."""
    at = moment(text_of(row.get("LastPlaybackCheckIn")))
    return None if at is None or at.year < _FIRST_YEAR else at.timestamp()


def _child(row: Document, name: str) -> Document:
    found = row.get(name)
    return found if isinstance(found, dict) else {}


def _host(address: str) -> str:
    """Return the address without the port that some versions of Jellyfin append."""
    if address.startswith("["):
        return address[1:].partition("]")[0]
    return address.partition(":")[0] if address.count(":") == 1 else address


def _decision(state: Document, transcoding: Document) -> str:
    """Return the stream decision. A session marked as transcode can copy both video and audio."""
    method = (text_of(state.get("PlayMethod")) or "").lower()
    if method == "transcode":
        copies = transcoding.get("IsVideoDirect") is True and transcoding.get("IsAudioDirect") is True
        return "direct_stream" if copies else "transcode"
    return "direct_stream" if method == "directstream" else "direct_play"


def _kbps(transcoding: Document, item: Document, decision: str) -> int | None:
    """Return the bit rate of the stream. A direct play can still list a transcode that has ended."""
    rate = number_of(transcoding.get("Bitrate")) if decision != "direct_play" else None
    rate = rate or number_of(item.get("Bitrate"))
    return None if rate is None else rate // 1_000


def _artwork(item: Document) -> str | None:
    show, show_tag = text_of(item.get("SeriesId")), text_of(item.get("SeriesPrimaryImageTag"))
    if show and show_tag:
        return f"/Items/{show}/Images/Primary?tag={show_tag}"
    own, tag = text_of(item.get("Id")), text_of(_child(item, "ImageTags").get("Primary"))
    return f"/Items/{own}/Images/Primary?tag={tag}" if own and tag else None


def _label(item: Document) -> str | None:
    """ "1080p H264 · AC3 5.1"."""
    streams = item.get("MediaStreams")
    found = [stream for stream in streams if isinstance(stream, dict)] if isinstance(streams, list) else []
    video = next((stream for stream in found if stream.get("Type") == "Video"), {})
    sounds = [stream for stream in found if stream.get("Type") == "Audio"]
    audio = next((stream for stream in sounds if stream.get("IsDefault") is True), sounds[0] if sounds else {})
    resolution = resolution_label(number_of(video.get("Width")), number_of(video.get("Height")))
    return _words(resolution, text_of(video.get("Codec")), audio)


def _delivered(transcoding: Document, source: str | None) -> str | None:
    height = number_of(transcoding.get("Height"))
    sound = {"Codec": transcoding.get("AudioCodec"), "Channels": transcoding.get("AudioChannels")}
    return _words(f"{height}p" if height else None, text_of(transcoding.get("VideoCodec")), sound) or source


def _words(resolution: str | None, video: str | None, audio: Document) -> str | None:
    channels = number_of(audio.get("Channels"))
    codec = text_of(audio.get("Codec"))
    picture = " ".join(word for word in (resolution, video.upper() if video else None) if word)
    layout = _CHANNELS.get(channels, str(channels)) if channels else None
    sound = " ".join(word for word in (codec.upper() if codec else None, layout) if word)
    return " · ".join(word for word in (picture, sound) if word) or None
