"""`get_activity` and `terminate_session`."""

from typing import Any

from retrovue.api.tautulli.metadata import described, media_words, people
from retrovue.api.tautulli.params import CommandError, Params
from retrovue.api.tautulli.plays import DECISIONS, as_play, media_type, session_named, session_number, words_of
from retrovue.api.tautulli.scope import Scope
from retrovue.api.tautulli.streams import stream_words
from retrovue.core.services.monitor import ActiveSession
from retrovue.core.services.sharing.items import files_of, items_at

_EMPTY = (
    "progress_percent quality_profile synced_version_profile optimized_version_profile video_profile "
    "audio_channel_layout audio_profile channel_call_sign channel_id channel_identifier channel_title channel_thumb "
    "channel_vcn protocol video_framerate aspect_ratio video_codec_level video_bitrate video_bit_depth "
    "video_chroma_subsampling video_color_primaries video_color_range video_color_space video_color_trc "
    "video_frame_rate video_ref_frames video_language video_language_code video_scan_type audio_bitrate "
    "audio_bitrate_mode audio_sample_rate audio_language audio_language_code subtitle_codec subtitle_container "
    "subtitle_format subtitle_location subtitle_language subtitle_language_code device platform_version "
    "product_version profile session_id transcode_key transcode_speed transcode_audio_channels transcode_audio_codec "
    "transcode_video_codec transcode_width transcode_height transcode_container transcode_protocol "
    "transcode_hw_decode transcode_hw_decode_title transcode_hw_encode transcode_hw_encode_title subtitle_decision "
    "throttled stream_aspect_ratio stream_video_framerate stream_video_resolution optimized_version_title live_uuid "
    "bif_thumb stream_video_full_resolution stream_video_bitrate stream_video_bit_depth "
    "stream_video_chroma_subsampling stream_video_codec stream_video_codec_level stream_video_color_primaries "
    "stream_video_color_range stream_video_color_space stream_video_color_trc stream_video_dynamic_range "
    "stream_video_height stream_video_width stream_video_ref_frames stream_video_language stream_video_language_code "
    "stream_video_scan_type stream_audio_bitrate stream_audio_bitrate_mode stream_audio_channels "
    "stream_audio_channel_layout stream_audio_codec stream_audio_sample_rate stream_audio_channel_layout_ "
    "stream_audio_language stream_audio_language_code stream_audio_profile stream_subtitle_codec "
    "stream_subtitle_container stream_subtitle_format stream_subtitle_location stream_subtitle_language "
    "stream_subtitle_language_code stream_subtitle_decision stream_container video_dynamic_range id file file_size type"
).split()
_ZERO = (
    "channel_stream optimized_version begins_at ends_at indexes selected video_dovi_bl_present video_dovi_el_present "
    "video_dovi_level video_dovi_present video_dovi_profile video_dovi_rpu_present video_dovi_version subtitle_forced "
    "relayed transcode_throttled transcode_progress transcode_min_offset_available transcode_max_offset_available "
    "transcode_hw_requested transcode_hw_full_pipeline transcode_hw_decoding transcode_hw_encoding synced_version "
    "subtitles stream_video_dovi_bl_present stream_video_dovi_el_present stream_video_dovi_level "
    "stream_video_dovi_present stream_video_dovi_profile stream_video_dovi_rpu_present stream_video_dovi_version "
    "stream_subtitle_forced stream_subtitle_transient"
).split()
_NOTHING: dict[str, Any] = dict.fromkeys(_EMPTY, "") | dict.fromkeys(_ZERO, 0)
_COUNTED = ("direct_play", "direct_stream", "transcode")


def get_activity(scope: Scope, params: Params) -> dict[str, Any]:
    """Who is watching; with `session_key` that session alone, or nothing."""
    wanted = params.text("session_key") or params.text("session_id")
    if wanted:
        named = session_named(scope, wanted)
        return _sessions(scope, [named])[0] if named is not None else {}
    active = scope.house.board.sessions(scope.server_id)
    rows = _sessions(scope, active)
    wan = sum(each.session.bandwidth_kbps or 0 for each in active if each.session.location != "lan")
    lan = sum(each.session.bandwidth_kbps or 0 for each in active if each.session.location == "lan")
    counts = {f"stream_count_{each}": sum(a.session.decision == each for a in active) for each in _COUNTED}
    return {
        "stream_count": str(len(rows)),
        "sessions": rows,
        **counts,
        "total_bandwidth": lan + wan,
        "lan_bandwidth": lan,
        "wan_bandwidth": wan,
    }


def terminate_session(scope: Scope, params: Params) -> dict[str, Any]:
    """End a stream with a message for the person.

    Raises:
        CommandError: it is not allowed here, there is no such stream, or the server refuses.
    """
    wanted = params.text("session_key") or params.text("session_id")
    if not wanted:
        raise CommandError("Parameter session_key or session_id is required.")
    if not scope.house.may_stop_streams:
        raise CommandError("Stopping streams is turned off in RetroVue.")
    active = session_named(scope, wanted)
    if active is None:
        raise CommandError("No such session.")
    problem = scope.house.stop_stream(active, params.text("message"))
    if problem:
        raise CommandError(problem)
    return {}


def _sessions(scope: Scope, active: list[ActiveSession]) -> list[dict[str, Any]]:
    _read_items(scope, active)
    return [_session(scope, each, scope.remembered(_address(each), lambda: None)) for each in active]


def _read_items(scope: Scope, active: list[ActiveSession]) -> None:
    """Remember what the catalog says of everything that is played and not known yet, in one go.

    Dashboards ask every second, and an item does not change while somebody watches it.
    """
    host = scope.house.host
    unknown = [address for each in active if (address := _address(each)) is not None and not scope.remembers(address)]
    wanted: dict[int, set[str]] = {}
    for server_id, remote_id in unknown:
        wanted.setdefault(server_id, set()).add(remote_id)
    items = items_at(host, wanted) if wanted else {}
    files: dict[tuple[str, int], Any] = {}
    for kind in ("movie", "episode"):
        rows = [item.id for item in items.values() if item.kind == kind]
        files |= {(kind, row_id): found for row_id, found in (files_of(host, kind, rows) if rows else {}).items()}
    for address in unknown:
        item = items.get(address)
        known = None
        if item is not None:
            known = described(scope, item) | media_words(next(iter(files.get((item.kind, item.id), ())), None))
        scope.remembered(address, lambda known=known: known)  # type: ignore[misc]


def _address(active: ActiveSession) -> tuple[int, str] | None:
    remote_id = active.session.remote_id
    return None if remote_id is None else (active.server_id, remote_id)


def _session(scope: Scope, active: ActiveSession, known: dict[str, Any] | None) -> dict[str, Any]:
    session, play = active.session, as_play(scope, active)
    decision = DECISIONS.get(session.decision, session.decision)
    row: dict[str, Any] = _NOTHING | (described(scope, None) | media_words(None) if known is None else known)
    if known is None:
        row |= {
            "title": session.title,
            "grandparent_title": session.show_title or "",
            "media_index": _text(session.episode_number),
            "parent_media_index": _text(session.season_number),
            "year": _text(session.year),
            "guid": session.guid or "",
            "full_title": words_of(play),
        }
    person = scope.person(play.user_id)
    row |= people(scope, person, session.user)
    return (
        row
        | stream_words(session)
        | {
            "session_key": str(session_number(scope, active)),
            "session_id": session.session_key,
            "media_type": media_type(play),
            "view_offset": _text(play.position_ms),
            "progress_percent": _text(play.percent),
            "user": session.user or "",
            "live": int(session.is_live),
            "duration": _text(session.duration_ms),
            "stream_duration": _text(session.duration_ms),
            "ip_address": session.address or "",
            "ip_address_public": session.address or "",
            "platform": session.platform or "",
            "platform_name": (session.platform or "").lower(),
            "product": session.product or "",
            "player": session.player or "",
            "machine_id": session.device_id or "",
            "state": session.state,
            "local": int(session.location == "lan"),
            "secure": 0,
            "bandwidth": _text(session.bandwidth_kbps),
            "stream_bitrate": _text(session.bandwidth_kbps),
            "location": session.location or "",
            "quality_profile": "Original" if decision == "direct play" else "",
            "server": active.server,
            "server_kind": active.server_kind,
            "remote_id": session.remote_id,
        }
    )


def _text(value: object) -> str:
    return "" if value is None else str(value)
