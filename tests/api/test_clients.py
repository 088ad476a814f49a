"""Real clients of Tautulli, used as their papers say. They need older libraries than we do: a place of theirs."""

import json
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.api.conftest import KEY, Asker

from retrovue.demo.mediabrowser import EmbyDialect, JellyfinDialect
from retrovue.demo.plex import PlexDialect

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

CLIENTS = ["pytautulli==23.1.1", "async-timeout", "tautulli==4.8.2.2180"]

ASYNC_CLIENT = """
import asyncio, json, sys
from pytautulli import PyTautulli, PyTautulliHostConfiguration

async def main(url, key):
    host = PyTautulliHostConfiguration(api_token=key, url=url)
    async with PyTautulli(host_configuration=host) as client:
        activity = await client.async_get_activity()
        stats = await client.async_get_home_stats()
        users = await client.async_get_users()
        info = await client.async_get_server_info()
        history = await client.async_command("get_history", include_activity=0)
        print(json.dumps({
            "streams": int(activity.stream_count),
            "titles": sorted(session.title for session in activity.sessions),
            "cards": [card.stat_id for card in stats],
            "users": [user.user_id for user in users],
            "server": info.pms_name,
            "plays": history["response"]["data"]["recordsTotal"],
        }))

asyncio.run(main(*sys.argv[1:]))
"""
OBJECT_CLIENT = """
import json, sys
from tautulli import ObjectAPI

client = ObjectAPI(base_url=sys.argv[1], api_key=sys.argv[2])
activity = client.activity()
history = client.get_history(grouping=False, include_activity=False, length=5000)
libraries = client.libraries
print(json.dumps({
    "streams": int(activity.stream_count),
    "plays": history.recordsFiltered,
    "seconds": sum(row.play_duration for row in history.data if row.row_id),
    "libraries": sorted(each.section_name for each in libraries),
    "users": [user.user_id for user in client.users],
    "cards": [card.stat_id for card in client.get_home_stats()],
    "dates": len(client.get_plays_by_date(time_range=30).categories),
    "names": sorted(each.section_name for each in client.library_names),
}))
"""


@pytest.fixture(scope="module")
def kinds() -> dict[str, Any]:
    """All three."""
    return {"plex": PlexDialect, "jellyfin": JellyfinDialect, "emby": EmbyDialect}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Asker], Any]:
    """Runs a script against the API with the clients installed."""
    folder = tmp_path_factory.mktemp("clients")
    venv.create(folder, with_pip=True)
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    installed = subprocess.run([python, "-m", "pip", "install", "-q", *CLIENTS], capture_output=True, text=True)
    if installed.returncode != 0:
        pytest.skip("the clients cannot be installed here: there is no package index")

    def run(script: str, shared: Asker) -> Any:
        path = Path(folder) / "ask.py"
        path.write_text(script, "utf-8")
        ended = subprocess.run(
            [python, path, shared.server.url, KEY], capture_output=True, text=True, timeout=120, cwd=folder
        )
        assert ended.returncode == 0, ended.stderr[-3000:]
        return json.loads(ended.stdout)

    return run


def test_an_asynchronous_client_reads_what_there_is(client: Callable[[str, Asker], Any], shared: Asker) -> None:
    found = client(ASYNC_CLIENT, shared)
    assert found["streams"] == 3
    assert found["titles"] == sorted(each["title"] for each in shared.data("get_activity")["sessions"])
    assert found["users"] == [each["user_id"] for each in shared.data("get_users")]
    assert found["plays"] == shared.data("get_history", include_activity=0)["recordsTotal"] > 0
    assert found["server"] == shared.data("get_server_friendly_name")
    assert "top_users" in found["cards"]


def test_a_client_with_typed_models_reads_what_there_is(client: Callable[[str, Asker], Any], shared: Asker) -> None:
    found = client(OBJECT_CLIENT, shared)
    # It leaves out what is False, so that our defaults hold: sittings, with those that go on.
    history = shared.data("get_history", length=5000)
    assert (found["streams"], found["plays"]) == (3, history["recordsFiltered"])
    assert found["seconds"] == sum(row["play_duration"] for row in history["data"] if row["row_id"])
    assert found["libraries"] == found["names"] == sorted(each["section_name"] for each in shared.data("get_libraries"))
    assert found["dates"] == 30
    assert found["users"] == [each["user_id"] for each in shared.data("get_users")]
    assert "most_concurrent" in found["cards"]
