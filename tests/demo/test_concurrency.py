"""Many clients read while the library changes under them: every answer stays whole."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import requests

from retrovue.demo import DemoLibrary, DemoServer


def test_readers_and_a_writer_do_not_disturb_each_other(server: DemoServer, library: DemoLibrary) -> None:
    done = threading.Event()

    def read(kind: int) -> int:
        pages = 0
        with requests.Session() as session:
            session.trust_env = False
            session.headers.update({"X-Plex-Token": server.token, "Accept": "application/json"})
            while not done.is_set() or pages < 5:
                start = pages % 4 * 50
                query = f"type={kind}&includeGuids=1&X-Plex-Container-Start={start}&X-Plex-Container-Size=50"
                section = 1 if kind == 1 else 3
                answer = session.get(f"{server.url}/library/sections/{section}/all?{query}", timeout=10)
                container = answer.json()["MediaContainer"]
                assert container["size"] == len(container.get("Metadata", []))
                session.get(f"{server.url}/status/sessions", timeout=10).raise_for_status()
                pages += 1
        return pages

    def write() -> None:
        for number in range(40):
            movie = library.add_movie(f"Passing {number}", year=2000 + number)
            playback = server.playbacks.start(movie.id)
            server.playbacks.stop(playback.session_key)
            library.edit(movie.id, title=f"Passed {number}")
            library.remove(movie.id)
            library.bump_all("3")
        library.rebuild_section("3")
        done.set()

    with ThreadPoolExecutor(4) as pool:
        readers = [pool.submit(read, kind) for kind in (1, 2, 4)]
        pool.submit(write).result(60)
        assert min(reader.result(60) for reader in readers) >= 5
    assert {record.status for record in server.requests} == {200}
