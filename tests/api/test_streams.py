"""How a live stream is delivered, in Tautulli's words."""

from dataclasses import replace

from retrovue.api.tautulli.streams import bare_resolution, stream_words
from retrovue.core.domain.playback import RemoteSession

DIRECT = RemoteSession(
    "1",
    "2",
    "movie",
    "The Tide Table",
    "playing",
    video="4K HEVC",
    video_delivered="4K HEVC",
    audio="EAC3 5.1",
    audio_delivered="EAC3 5.1",
    container="mkv",
    container_delivered="mkv",
    source_kbps=24_000,
)


def test_a_direct_play_is_one_throughout() -> None:
    words = stream_words(DIRECT)
    decisions = {value for name, value in words.items() if name.endswith("_decision")}
    assert decisions == {"direct play"}
    assert (words["video_codec"], words["stream_video_resolution"], words["bitrate"]) == ("hevc", "4k", "24000")
    assert (words["audio_channels"], words["stream_audio_codec"]) == ("6", "eac3")
    assert not {"subtitles", "transcode_speed"} & words.keys()


def test_what_is_not_converted_is_a_copy() -> None:
    words = stream_words(
        replace(
            DIRECT,
            decision="transcode",
            audio_delivered="AAC 2.0",
            container_delivered="mpegts",
            subtitles="English · SRT",
            subtitles_delivered="burned",
            speed=3.1,
            is_hardware=True,
        )
    )
    assert (words["transcode_decision"], words["video_decision"], words["audio_decision"]) == (
        "transcode",
        "copy",
        "transcode",
    )
    assert (words["stream_audio_channels"], words["transcode_container"], words["transcode_speed"]) == (
        "2",
        "mpegts",
        "3.1",
    )
    assert (words["stream_subtitle_decision"], words["subtitles"], words["transcode_hw_encoding"]) == ("burn", 1, 1)


def test_nothing_known_says_nothing() -> None:
    words = stream_words(RemoteSession("1", None, "movie", "?", "playing", decision="direct_stream"))
    assert set(words.values()) == {"copy"}
    assert [bare_resolution(each) for each in ("1080p", "4K", "sd", None)] == ["1080", "4k", "sd", ""]
