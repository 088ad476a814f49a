"""Rules are tried before they are trusted, proposals come from the catalog, and oddities stand beside the rule."""

from pathlib import Path
from typing import Any

import pytest

from retrovue.core.domain.errors import Cancelled, ConfigError
from retrovue.core.domain.media import FileState
from retrovue.core.domain.path_rules import ConflictKind
from retrovue.core.domain.paths import PathMapping
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.mapping import rules as service
from retrovue.core.services.mapping.rules import MappingState
from retrovue.core.system.volumes import Volume, VolumeKind


def total(home: Any) -> int:
    return int(home.world.value("SELECT count(*) FROM media_files"))


def rule(home: Any, server_path: str, local_path: str, **fields: Any) -> PathMapping:
    return PathMapping(fields.get("id"), home.server.id, fields.get("library_id"), server_path, local_path)


def test_all_files_of_a_server(mapped: Any) -> None:
    outcome = service.test(mapped.host, server=mapped.server, everything=True)
    assert outcome.sampled == total(mapped)
    assert (outcome.missing, outcome.size_differs, outcome.unmapped, outcome.unreachable) == (4, 3, 1, 0)
    assert outcome.found == total(mapped) - 8
    assert {one.server_path for one in outcome.examples if one.state is FileState.MISSING} == set(mapped.made.missing)
    assert all(one.reason for one in outcome.examples if one.state is not FileState.FOUND)
    assert not outcome.is_proven
    # Trying is no check: what is stored of the files stays.
    assert set(mapped.states()) == {"unchecked", "unmapped"}


def test_a_sample_is_bounded_and_the_same_each_time(mapped: Any) -> None:
    first = service.test(mapped.host, sample_size=20)
    again = service.test(mapped.host, sample_size=20)
    assert first.sampled == 20
    assert first.examples == again.examples


def test_a_typed_rule_is_tried_alone_before_it_is_saved(home: Any) -> None:
    typed = rule(home, "/media/movies", str(home.media / "movies"))
    outcome = service.test(home.host, mapping=typed)
    of_rule = home.world.value("SELECT count(*) FROM media_files WHERE server_path LIKE '/media/movies/%'")
    assert outcome.sampled == of_rule
    assert outcome.unmapped == 0
    assert outcome.found >= of_rule - 7
    assert home.host.mappings.all() == []
    assert home.states().get("unchecked", 0) == 0


@pytest.mark.parametrize(
    ("server_path", "why"),
    [
        ("/Media/movies", "Letter case differs"),
        ("\\\\media\\movies", "written differently"),
        ("/srv/media/movies", "starts with “srv”"),
        ("/media/films", "expects “films”"),
    ],
)
def test_a_rule_that_matches_nothing_says_how_nearly_it_did(home: Any, server_path: str, why: str) -> None:
    outcome = service.test(home.host, mapping=rule(home, server_path, str(home.media / "movies")), sample_size=500)
    assert outcome.unmapped == outcome.sampled == total(home)
    (movie, *_rest) = [one for one in outcome.examples if one.server_path.startswith("/media/movies")] or [None]
    reasons = [one.reason for one in outcome.examples]
    assert any(why in reason for reason in reasons), (movie, reasons)


def test_a_longer_rule_takes_its_files_away_from_a_shorter_one(home: Any) -> None:
    longer, _report = service.add(home.host, home.server, None, "/media/tv", str(home.media / "tv"))
    short = service.test(home.host, mapping=rule(home, "/media", str(home.media)), everything=True)
    assert short.sampled > 0
    own = home.world.value("SELECT count(*) FROM media_files WHERE server_path LIKE '/media/tv/%'")
    assert service.test(home.host, mapping=longer, everything=True).sampled == own
    assert all(not one.server_path.startswith("/media/tv/") for one in short.examples)


def test_a_rule_for_a_library_is_tried_on_its_files(home: Any) -> None:
    movies = next(one for one in home.host.libraries.all() if one.name == "Movies")
    shows = next(one for one in home.host.libraries.all() if one.name == "TV Shows")
    folder = str(home.media / "movies")
    right = service.test(home.host, mapping=rule(home, "/media/movies", folder, library_id=movies.id))
    wrong = service.test(home.host, mapping=rule(home, "/media/movies", folder, library_id=shows.id))
    assert right.found > 0
    assert (wrong.found, wrong.unmapped) == (0, wrong.sampled)


def test_the_outcome_is_kept_with_the_rule_until_the_rule_changes(mapped: Any) -> None:
    service.test(mapped.host, server=mapped.server, everything=True)
    views = service.views(mapped.host, mapped.server)
    assert {view.proof.at for view in views if view.proof} == {mapped.world.clock.now()}
    assert sum(view.proof.sampled for view in views if view.proof) == total(mapped) - 1
    first = views[0].mapping
    # A rule that is being edited proves nothing for the one that is stored.
    edited = rule(mapped, first.server_path, str(mapped.media / "elsewhere"), id=first.id)
    service.test(mapped.host, mapping=edited)
    assert service.views(mapped.host)[0].proof == views[0].proof
    service.change(mapped.host, edited)
    assert service.views(mapped.host)[0].proof is None


def test_a_disk_that_is_not_mounted_makes_files_unreachable_not_missing(mapped: Any, tmp_path: Path) -> None:
    mapped.volumes.found.append(Volume(str(mapped.media), VolumeKind.NETWORK, "nfs4", is_mounted=False))
    outcome = service.test(mapped.host, everything=True)
    assert outcome.unreachable == total(mapped) - 1
    assert (outcome.missing, outcome.found) == (0, 0)
    assert "not mounted" in outcome.examples[0].reason
    # A folder on a disk that is away was not found missing.
    assert {view.state for view in service.views(mapped.host)} <= {MappingState.UNCHECKED, MappingState.UNUSED}


def test_a_test_can_be_cancelled(mapped: Any) -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        service.test(mapped.host, token=token)


def test_suggestions_lead_to_every_file_that_is_there(home: Any) -> None:
    found = service.suggest(home.host, home.server, folders=[str(home.media)])
    assert found
    assert all(str(home.media) in one.local_path for one in found)
    for one in found:
        service.add(home.host, home.server, None, one.server_path, one.local_path)
    outcome = service.test(home.host, everything=True)
    assert (outcome.missing, outcome.size_differs, outcome.unmapped) == (4, 3, 1)


def test_named_folders_that_explain_everything_are_searched_alone(home: Any, tmp_path: Path) -> None:
    assert any(library.items == 0 for library in home.host.libraries.all())
    service.suggest(home.host, home.server, folders=[str(home.media)])
    assert all(Path(folder).is_relative_to(home.media) for folder in home.disks.scans)
    (tmp_path / "empty").mkdir()
    home.disks.scans.clear()
    found = service.suggest(home.host, home.server, folders=[str(tmp_path / "empty")])
    assert found
    assert any(Path(folder).is_relative_to(home.media) for folder in home.disks.scans)


def test_without_a_named_folder_the_volumes_are_searched(home: Any, tmp_path: Path) -> None:
    found = service.suggest(home.host, home.server)
    assert {root for one in found for root in one.roots} >= {"/media/movies", "/media/tv"}
    home.volumes.found = [Volume(str(tmp_path), VolumeKind.NETWORK, "nfs4", is_mounted=False)]
    assert service.suggest(home.host, home.server) == []
    home.volumes.folders = [str(home.media)]
    assert service.suggest(home.host, home.server)


def test_a_small_library_is_suggested_beside_a_large_one(home: Any) -> None:
    small = next(one for one in home.host.libraries.all() if one.name == "4K Movies")
    assert small.items < 5
    (found, *_rest) = service.suggest(home.host, home.server, library=small, folders=[str(home.media)])
    assert found.roots == (home.told(small.roots[0].path),)
    assert found.local_path == str(home.media / "movies-4k")


def test_nothing_to_look_for_is_said(new_world: Any) -> None:
    world = new_world(shows=2, episodes=4, movies=2)
    with pytest.raises(ConfigError) as caught:
        service.suggest(world.host, world.stored)
    assert "Sync the server first" in caught.value.user_text()


def test_what_is_odd_stands_beside_the_rule(mapped: Any) -> None:
    add = service.add
    add(mapped.host, mapped.server, None, "/elsewhere", str(mapped.media / "movies"))
    add(mapped.host, mapped.server, None, "/media/gone", str(mapped.media / "not there"))
    add(mapped.host, mapped.server, None, "/media/tv/Kitchen", str(mapped.media / "tv" / "Kitchen"))
    service.test(mapped.host, everything=True)
    by_path = {view.mapping.server_path: view for view in service.views(mapped.host)}
    assert by_path["/elsewhere"].state is MappingState.TWO_TO_ONE
    assert [one.kind for one in by_path["/elsewhere"].conflicts] == [
        ConflictKind.SAME_LOCAL_PATH,
        ConflictKind.NEVER_USED,
    ]
    assert by_path["/media/gone"].state is MappingState.FOLDER_MISSING
    assert by_path["/media/tv/Kitchen"].state is MappingState.FOLDER_MISSING
    assert {one.kind for one in by_path["/media/tv/Kitchen"].conflicts} >= {ConflictKind.REDUNDANT}
    assert by_path["/media/tv"].state is MappingState.UNCHECKED
    assert by_path["/media/tv"].conflicts == ()
    assert all(conflict.text for view in by_path.values() for conflict in view.conflicts)


def test_an_unknown_rule_is_refused(mapped: Any) -> None:
    with pytest.raises(ConfigError):
        service.find(mapped.host, 999)
    with pytest.raises(ConfigError):
        service.test(mapped.host, mapping=PathMapping(None, None, None, "/a", "/b"))


@pytest.mark.parametrize("blank", [" ", "  ", "\t", "\u3000"])
def test_a_blank_at_the_end_of_a_folder_is_part_of_its_name(home: Any, blank: str) -> None:
    mapping, _report = service.add(home.host, home.server, None, f" /media/odd{blank}\n", f"/mnt/odd{blank}\r\n")
    assert (mapping.server_path, mapping.local_path) == (f"/media/odd{blank}", f"/mnt/odd{blank}")
    (mapped,) = service.resolve(home.host, home.server, [f"/media/odd{blank}/a.mkv"])
    assert mapped.local_path == f"/mnt/odd{blank}/a.mkv"
    service.change(home.host, mapping)
    assert [each.server_path for each in home.host.mappings.all()] == [f"/media/odd{blank}"]


def test_a_rule_keeps_no_password(home: Any) -> None:
    mapping, _report = service.add(home.host, home.server, None, "smb://me:s3cret@nas/tv", "/mnt/tv")
    assert mapping.server_path == "smb://me@nas/tv"
    (mapped,) = service.resolve(home.host, home.server, ["smb://me:other@nas/tv/a.mkv"])
    assert mapped.local_path == "/mnt/tv/a.mkv"
    (unmapped,) = service.resolve(home.host, home.server, ["smb://me:s3cret@nas/films/a.mkv"])
    assert "s3cret" not in unmapped.server_path + service.explain(home.host, home.server, unmapped)
