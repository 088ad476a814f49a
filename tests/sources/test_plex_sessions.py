"""Live sessions: who, where, how far, how streamed."""

import pytest

from retrovue.core.domain.media import ItemKind
from retrovue.core.sources.plex.decode import container
from retrovue.core.sources.plex.sessions import remote_sessions
from retrovue.demo.fault_kinds import Flag

TRANSCODE = b"""<?xml version="1.0" encoding="UTF-8"?>
<MediaContainer size="1">
 <Video ratingKey="1" sessionKey="12" type="movie" title="The Brass Comet" year="2000"
   duration="9000000" viewOffset="60000"
   guid="com.plexapp.agents.imdb://tt0123456?lang=en" thumb="/library/metadata/1/thumb/2">
  <Player address="192.0.2.7" machineIdentifier="box-1" platform="Android"
    product="Plex for Android (TV)" state="paused"
    title="Living room" local="1"/>
  <User id="7" title="ada"/>
  <Session bandwidth="7000" id="abc" location="wan"/>
  <Media videoResolution="4k" videoCodec="hevc" audioCodec="truehd" audioChannels="8" selected="1">
   <Part decision="transcode" selected="1">
    <Stream streamType="1" codec="h264" decision="%s"/>
    <Stream streamType="2" codec="ac3" decision="transcode"/>
    <Stream streamType="2" codec="aac" decision="%s" selected="1"/>
    <Stream streamType="3" codec="srt" decision="burn" selected="1"/>
   </Part>
  </Media>
  <TranscodeSession key="/transcode/sessions/1" videoDecision="transcode" audioDecision="copy" videoCodec="h264"
    audioCodec="aac" audioChannels="2" width="1280" height="720" progress="-1" size="-22"/>
 </Video>
</MediaContainer>"""


@pytest.mark.parametrize(
    ("video", "audio", "decision"),
    [
        (b"transcode", b"copy", "transcode"),
        (b"copy", b"transcode", "transcode"),
        (b"copy", b"copy", "direct_stream"),
        (b"copy", b"directplay", "direct_stream"),
        (b"directplay", b"directplay", "direct_play"),
    ],
)
def test_the_selected_picture_and_sound_decide(video, audio, decision):
    (session,) = remote_sessions(container(TRANSCODE % (video, audio)))
    assert session.decision == decision


def test_all_of_a_session():
    (session,) = remote_sessions(container(TRANSCODE % (b"transcode", b"copy")))
    assert (session.session_key, session.remote_id, session.kind, session.title, session.year) == (
        "12", "1", "movie", "The Brass Comet", 2000,
    )  # fmt: skip
    assert (session.state, session.position_ms, session.duration_ms) == ("paused", 60_000, 9_000_000)
    assert (session.user, session.user_id, session.device_id) == ("ada", "7", "box-1")
    assert (session.player, session.product, session.platform) == ("Living room", "Plex for Android (TV)", "Android")
    assert (session.address, session.location, session.bandwidth_kbps) == ("192.0.2.7", "wan", 7000)
    assert (session.source_label, session.delivered_label) == ("4K HEVC · TRUEHD 7.1", "720p H264 · AAC 2.0")
    assert session.guid == "com.plexapp.agents.imdb://tt0123456?lang=en"
    assert not session.is_live


def test_live_television_takes_its_decision_from_the_transcode_session_inside_media():
    body = b"""<MediaContainer size="1"><Video sessionKey="3" live="1" key="/livetv/sessions/x" type="episode"
      title="News" grandparentTitle="News"><Media origin="livetv" videoCodec="mpeg2video" videoResolution="1080">
      <Part><Stream streamType="1"/><Stream streamType="2" selected="1"/></Part>
      <TranscodeSession videoDecision="copy" audioDecision="copy" videoCodec="*" audioCodec="*"/></Media></Video>
      </MediaContainer>"""
    (session,) = remote_sessions(container(body))
    assert (session.is_live, session.decision, session.remote_id) == (True, "direct_stream", None)
    assert (session.user, session.state) == (None, "playing")


def test_what_very_old_servers_leave_out():
    body = b"""<MediaContainer size="2"><Video sessionKey="3" type="movie" title="A"><User title="x"/>
      <TranscodeSession progress="3.2"/></Video><Track sessionKey="4" type="track" title="B"/></MediaContainer>"""
    video, track = remote_sessions(container(body))
    assert (video.decision, video.user_id, video.location) == ("transcode", None, None)
    assert (track.kind, track.decision, track.source_label) == ("track", "direct_play", None)


@pytest.mark.parametrize("body", [b'{"MediaContainer":{"size":0}}', b'<MediaContainer size="0"/>'])
def test_nobody_watches(body):
    assert remote_sessions(container(body)) == []


@pytest.mark.parametrize("xml", [False, True])
def test_the_demo_servers_sessions(plex, server, library, shows, xml):
    episode = plex.items_page(shows, ItemKind.EPISODE, start=0, size=1).items[0]
    for decision in ("direct play", "direct stream", "transcode"):
        server.playbacks.start(int(episode.remote_id), offset_ms=5000, decision=decision, state="paused")
    with server.faults.using(*([Flag(flag="always_xml")] if xml else [])):
        sessions = plex.sessions()
    assert [s.decision for s in sessions] == ["direct_play", "direct_stream", "transcode"]
    assert len({s.session_key for s in sessions}) == 3
    for session in sessions:
        assert (session.remote_id, session.title, session.show_title) == (
            episode.remote_id, episode.title, episode.show_title,
        )  # fmt: skip
        assert (session.season_number, session.episode_number) == (episode.season_number, episode.episode_number)
        assert (session.position_ms, session.state) == (5000, "paused")
        assert session.duration_ms == episode.duration_ms
    assert sessions[0].delivered_label == sessions[0].source_label
    assert sessions[2].delivered_label == "720p H264 · AAC 2.0"
