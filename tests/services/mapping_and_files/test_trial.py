"""Rules that are tried while they are typed, and proposals with what they would do."""

from typing import Any

import pytest

from retrovue.core.domain.errors import Cancelled
from retrovue.core.domain.media import FileState
from retrovue.core.domain.paths import PathMapping
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.mapping import rules as mappings
from retrovue.core.services.mapping.proposals import propose
from retrovue.core.services.mapping.trial import SAMPLES, Trial, try_rule


def attempt(
    home: Any, server_path: str, local_path: str, *, rule_id: int | None = None, everything: bool = False
) -> Trial:
    rule = PathMapping(rule_id, home.server.id, None, server_path, local_path)
    return try_rule(home.host, rule, CancelToken(), everything=everything)


def test_a_typed_rule_is_tried_on_samples_and_stores_nothing(home: Any) -> None:
    trial = attempt(home, "/media/tv", str(home.media / "tv"))
    assert trial.error == trial.folder_note == ""
    assert 0 < trial.covered <= SAMPLES
    assert trial.counts[FileState.FOUND] > trial.covered * 0.8
    assert home.host.mappings.all() == []
    assert set(home.states()) == {"unmapped"}
    covered = [row for row in trial.rows if row.local_path is not None]
    assert all(row.server_prefix == "/media/tv" and row.local_prefix == str(home.media / "tv") for row in covered)


def test_problems_come_first(mapped: Any) -> None:
    gone = mapped.host.file_paths.samples(mapped.server.id, limit=1, under="/media/tv/")[0].server_path
    mapped.local(gone).unlink()
    rule = next(one for one in mapped.host.mappings.all() if one.server_path == "/media/tv")
    trial = attempt(mapped, rule.server_path, rule.local_path, rule_id=rule.id, everything=True)
    assert trial.is_all
    assert trial.rows[0].state is FileState.MISSING
    assert gone in {row.server_path for row in trial.rows if row.state is FileState.MISSING}
    proof = mapped.host.mappings.proofs()[rule.id or 0]
    assert (proof.sampled, proof.found) == (trial.tried, trial.counts[FileState.FOUND])


def test_a_rule_that_decides_nothing_says_why_for_each_file(home: Any) -> None:
    before = home.host.mappings.proofs()
    trial = attempt(home, "/Media/TV", str(home.media / "tv"), everything=True)
    assert (trial.covered, trial.is_all) == (0, False)
    reasons = {row.why for row in trial.rows if row.server_path.startswith("/media/tv/")}
    assert any("Letter case differs" in reason for reason in reasons)
    assert "Letter case differs" in trial.near_miss
    assert home.host.mappings.proofs() == before


def test_what_other_rules_do_says_nothing_about_a_rule(mapped: Any) -> None:
    with mapped.world.sql() as connection:
        ruled = "(SELECT media_file_id FROM file_places WHERE mapping_id IS NOT NULL)"
        connection.execute(f"DELETE FROM media_links WHERE media_file_id NOT IN {ruled}")
        connection.execute(f"DELETE FROM media_files WHERE id NOT IN {ruled}")
    trial = attempt(mapped, "/media/movies/classics", str(mapped.media / "movies"))
    assert (trial.rows, trial.tried, trial.covered) == ((), 0, 0)
    assert "classics" in trial.near_miss
    assert attempt(mapped, "/nothing/alike", "/nowhere").near_miss == ""


@pytest.mark.parametrize(
    ("server_path", "local_path", "is_server_side"),
    [("media/tv", "/mnt/tv", True), ("/media/tv", "mnt/tv", False), ("/media/../tv", "/mnt/tv", True)],
)
def test_a_rule_that_could_not_work_is_refused_at_its_side(
    home: Any, server_path: str, local_path: str, is_server_side: bool
) -> None:
    trial = attempt(home, server_path, local_path)
    assert trial.error
    assert trial.is_server_side is is_server_side


def test_the_same_rule_twice_is_refused_at_its_server_path(mapped: Any) -> None:
    trial = attempt(mapped, "/media/tv", "/elsewhere")
    assert trial.error
    assert trial.is_server_side


def test_a_folder_that_is_not_there_is_noted_but_no_error(home: Any) -> None:
    trial = attempt(home, "/media/tv", str(home.media / "nowhere"))
    assert trial.error == ""
    assert str(home.media / "nowhere") in trial.folder_note
    assert trial.counts[FileState.UNREACHABLE] == trial.covered
    assert "There is no drive Q:" in attempt(home, "/media/tv", "Q:\\TV").folder_note


def test_a_trial_stops_when_it_is_asked_to(mapped: Any) -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        try_rule(mapped.host, mapped.host.mappings.all()[0], token, everything=True)


def test_proposals_say_what_they_would_do(home: Any) -> None:
    home.volumes.found = []
    proposals = propose(home.host, home.server, [str(home.media)], CancelToken())
    unmapped = home.states()["unmapped"]
    assert 0 < sum(one.unmapped for one in proposals) <= unmapped
    assert all(one.replaces is None for one in proposals)
    first = proposals[0]
    mappings.add(home.host, home.server, None, first.suggestion.server_path, first.suggestion.local_path)
    again = propose(home.host, home.server, [str(home.media)], CancelToken())
    assert first.suggestion.server_path not in {one.suggestion.server_path for one in again}


def test_a_proposal_names_the_rule_that_it_would_replace(home: Any) -> None:
    home.volumes.found = []
    first = propose(home.host, home.server, [str(home.media)], CancelToken())[0].suggestion
    wrong, _report = mappings.add(home.host, home.server, None, first.server_path, "/nowhere/at/all")
    again = {
        one.suggestion.server_path: one for one in propose(home.host, home.server, [str(home.media)], CancelToken())
    }
    assert again[first.server_path].replaces == wrong
    assert again[first.server_path].suggestion.local_path == first.local_path
