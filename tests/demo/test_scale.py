"""A hundred thousand episodes: bounded memory, and pages that cost the server next to nothing once rendered."""

from __future__ import annotations

import sys
import tracemalloc

import pytest
import requests

from retrovue.demo import DemoServer, LibrarySpec, make_library
from retrovue.demo.plex import PlexDialect


@pytest.mark.slow
def test_a_hundred_thousand_episodes_are_generated_and_served() -> None:
    library = make_library(LibrarySpec.scaled(100_000))
    total = library.count("3", "episode") + library.count("4", "episode")
    assert total == 100_000
    with DemoServer(library) as server, requests.Session() as session:
        session.trust_env = False
        session.headers.update({"X-Plex-Token": server.token, "Accept": "application/json"})

        def sweep() -> int:
            distinct: set[str] = set()
            start, expected = 0, library.count("3", "episode")
            while start < expected:
                query = f"type=4&X-Plex-Container-Start={start}&X-Plex-Container-Size=500&sort=id"
                answer = session.get(f"{server.url}/library/sections/3/all?{query}", timeout=30)
                items = answer.json()["MediaContainer"]["Metadata"]
                distinct.update(item["ratingKey"] for item in items)
                start += len(items)
            return len(distinct)

        assert isinstance(server.dialect, PlexDialect)
        listings = server.dialect.listings
        assert sweep() == listings.rendered == library.count("3", "episode")
        # Pages are joined from what was rendered before; only what changed is rendered again.
        assert sweep() == listings.rendered
        assert len(server.requests) == 2 * -(-listings.rendered // 500)
        library.edit(library.members("3", "episode")[0].id, title="Edited")
        assert sweep() == listings.rendered - 1


def test_what_was_warmed_is_not_rendered_when_it_is_asked_for() -> None:
    library = make_library(LibrarySpec(shows=12, episodes=300, movies=60))
    with DemoServer(library) as server, requests.Session() as session:
        assert isinstance(server.dialect, PlexDialect)
        assert server.warm("/library/sections/3/all", "type=4&includeGuids=1", page_size=50) == -(
            -library.count("3", "episode") // 50
        )
        rendered = server.dialect.listings.rendered
        assert rendered == library.count("3", "episode")
        assert server.request_count == 0
        url = f"{server.url}/library/sections/3/all?type=4&includeGuids=1"
        session.get(url, headers={"X-Plex-Token": server.token, "Accept": "application/json"}, timeout=30)
        assert server.dialect.listings.rendered == rendered
        session.get(url, headers={"X-Plex-Token": server.token}, timeout=30)
        assert server.dialect.listings.rendered == 2 * rendered


@pytest.mark.slow
@pytest.mark.skipif(sys.implementation.name != "cpython", reason="counts CPython's bytes")
def test_memory_grows_with_the_items_only() -> None:
    tracemalloc.start()
    library = make_library(LibrarySpec(shows=40, episodes=4_000, movies=100))
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held / len(library.items) < 3_000
