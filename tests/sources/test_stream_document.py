"""The server's own words of a stream: kept without tokens, and bounded."""

import json
from pathlib import Path
from typing import Any

from retrovue.core.sources.mediabrowser.sessions import remote_sessions as of_jellyfin
from retrovue.core.sources.plex.sessions import remote_sessions as of_plex
from retrovue.core.sources.stream_document import stream_document

SECRET = "abcdEFGH1234ijklMNOP"


def _session(**facts: Any) -> dict[str, Any]:
    return {"sessionKey": "1", "title": "Static Hour", "Player": {"state": "playing"}, **facts}


def test_no_token_is_kept_wherever_it_stands() -> None:
    entry = _session(
        thumb=f"/photo?X-Plex-Token={SECRET}&url=1",
        User={"title": "ada", "authToken": SECRET, "thumb": f"https://plex.tv/a?token={SECRET}"},
        Media=[{"Part": [{"key": f"http://u:{SECRET}@nas/x", "decision": "transcode", "AccessToken": SECRET}]}],
        summary="long" * 1000,
        Role=[{"tag": "somebody"}],
    )
    (session,) = of_plex({"Metadata": [entry]})
    assert session.document_text is not None
    assert SECRET not in session.document_text
    kept = json.loads(session.document_text)
    assert (kept["Media"][0]["Part"][0]["decision"], "summary" in kept, "Role" in kept) == ("transcode", False, False)


def test_it_is_never_larger_than_what_a_row_should_hold() -> None:
    entry = _session(queue=[{"title": "x" * 300}] * 1_000, TranscodeSession={"videoDecision": "copy"})
    text = stream_document(entry)
    assert len(text) < 16_385
    assert json.loads(text)["TranscodeSession"] == {"videoDecision": "copy"}


def test_recorded_sessions_keep_what_the_stream_is(fixtures_dir: Path) -> None:
    rows = json.loads((fixtures_dir / "jellyfin12" / "sessions-transcode.json").read_bytes())["body"]
    (session,) = of_jellyfin(rows)
    kept = json.loads(session.document_text or "")
    assert kept["TranscodingInfo"]["VideoCodec"]
    assert len(session.document_text or "") < 8_000
