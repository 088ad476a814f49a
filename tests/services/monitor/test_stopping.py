"""A stream is stopped with a message on every kind of server, and what it says of itself before."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.programs import Program

from retrovue.core.domain.servers import ServerKind
from retrovue.core.services.monitor import ActiveSession
from retrovue.core.services.monitor.stopping import StopError, stop_stream, why_not
from retrovue.core.services.servers import registration as servers
from retrovue.core.system.dirs import resolve_dirs
from retrovue.demo.fault_kinds import Status
from retrovue.demo.faults import path
from retrovue.demo.generate import LibrarySpec, make_library
from retrovue.demo.mediabrowser import EmbyDialect, JellyfinDialect
from retrovue.demo.server import DemoServer

pytestmark = pytest.mark.usefixtures("each_engine")

DIALECTS: dict[ServerKind, dict[str, Any]] = {
    ServerKind.PLEX: {},
    ServerKind.EMBY: {"dialect": EmbyDialect},
    ServerKind.JELLYFIN: {"dialect": JellyfinDialect},
}
NOW = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize("server_kind", DIALECTS)
def test_a_stream_is_stopped_with_a_message(server_kind: ServerKind, tmp_path: Path) -> None:
    library = make_library(LibrarySpec(shows=1, episodes=2, movies=2))
    context = Program(resolve_dirs(tmp_path), environ={"RETROVUE_SECRETS": "memory"}, write_log=False)
    with DemoServer(library, token="secret", **DIALECTS[server_kind]) as demo:
        added = servers.add(context, kind=server_kind, name="Attic", url=demo.url, secret="secret").server
        movie = next(item for item in library.items.values() if item.kind == "movie")
        demo.playbacks.start(movie.id, decision="transcode", bandwidth_kbps=2_100)
        source = context.open_source(added)
        (session,) = source.sessions()
        source.close()
        assert (session.video_delivered, session.audio_delivered) == ("720p H264", "AAC 2.0")
        assert None not in (session.video, session.audio)
        assert session.video != session.video_delivered
        assert session.reasons == (None if server_kind is ServerKind.PLEX else "VideoCodecNotSupported")
        active = ActiveSession("Attic", added.id, server_kind.value, session, NOW, NOW, NOW)
        assert why_not(active) == ""
        demo.faults.add(Status(status=403, match=path("(/emby)?/(status/sessions/terminate|Sessions/.*/Stop)")))
        with pytest.raises(StopError, match="does not allow"):
            stop_stream(context, active, "")
        demo.faults.clear()
        assert len(demo.playbacks.active()) == 1
        assert stop_stream(context, active, "Good night.")
        assert demo.playbacks.active() == []
        assert [reason for _id, reason in demo.playbacks.terminated] == ["Good night."]
        assert not stop_stream(context, active, "Good night."), "it had ended already"
    context.close()
    assert why_not(replace(active, session=replace(session, stop_id=None)))
