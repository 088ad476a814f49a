"""A purge beside a sync: what is being read may be what would be purged."""

from tests.services.conftest import World

from retrovue.core.domain.errors import LockedError
from retrovue.core.services.upkeep import database
from retrovue.demo.fault_kinds import Run


def test_nothing_is_purged_while_a_library_is_read(synced: World) -> None:
    movie = synced.library.members(synced.adapter.movies, "movie")[5]
    synced.library.remove(movie.id)
    synced.sync()
    synced.library.insert(movie)
    synced.library.touch_section(movie.section)
    refused: list[BaseException] = []

    def purge() -> None:
        try:
            database.purge(synced.host)
        except LockedError as error:
            refused.append(error)

    synced.server.faults.add(Run(match=synced.adapter.full(synced.adapter.movies), times=1, action=purge))
    synced.sync(full=True)
    assert len(refused) == 1
    synced.check()
    assert sum(database.purge(synced.host).values()) == 0
