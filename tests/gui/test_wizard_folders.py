"""Path mapping and background in the wizard, before anything is stored: found, tried, put off, and all or nothing."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.gui.wizards import by_token, finish, open_wizard

from retrovue.core.domain.errors import ConfigError
from retrovue.core.domain.servers import ServerKind
from retrovue.core.services.mapping.mapper import server_mapper
from retrovue.core.services.mapping.suggest import suggest_mappings
from retrovue.core.services.servers import setup
from retrovue.demo import files as demo_files
from retrovue.demo.fault_kinds import Status
from retrovue.gui.pages.servers.wizard import AddServerWizard, offered_kinds

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")
MakeDesk = Callable[..., Any]


def at_folders(desk: Any) -> AddServerWizard:
    """The wizard on its path mapping page, with the demo server tested."""
    wizard = open_wizard(desk)
    by_token(desk, wizard, ServerKind.PLEX, desk.server.url, desk.server.token)
    wizard.next_button.click()
    assert wizard.step == 4
    return wizard


def test_the_kinds_are_those_that_can_be_read(make_desk: MakeDesk) -> None:
    assert offered_kinds()[0] is ServerKind.PLEX
    assert offered_kinds() == setup.kinds()


@pytest.mark.slow
def test_a_typed_folder_is_looked_at(make_desk: MakeDesk, tmp_path: Path) -> None:
    desk = make_desk(with_server=False)
    wizard = at_folders(desk)
    row = wizard.folders_page.rows[0]
    assert wizard.next_button.text() == "Skip for now"
    row.field.setText(str(tmp_path / "nowhere"))
    desk.wait(lambda: row.verdict.text().startswith("The folder was not found"))
    assert wizard.next_button.text() == "Next"
    assert wizard.next_button.isEnabled()
    row.field.setText(str(tmp_path))
    desk.wait(lambda: row.verdict.text() == "Folder found.")
    row.field.setText("../up")
    desk.wait(lambda: row.is_refused)
    assert not wizard.next_button.isEnabled()
    row.field.clear()
    assert wizard.next_button.isEnabled()
    assert wizard.next_button.text() == "Skip for now"


@pytest.mark.slow
def test_folders_are_proven_by_files_of_a_server_that_is_not_stored(make_desk: MakeDesk, tmp_path: Path) -> None:
    desk = make_desk(with_server=False)
    media = tmp_path / "media"
    demo_files.write_files(desk.server.library, media, missing=0, differing=0)
    rules = dict(demo_files.mappings(desk.server.library, media))
    wizard = at_folders(desk)
    page = wizard.folders_page
    for row in page.rows:
        row.field.setText(str(rules[row.root]))
    page.find_button.click()
    desk.wait(lambda: page.find_button.isEnabled())
    desk.wait(lambda: all("sample file" in row.verdict.text() for row in page.rows))
    for row in page.rows:
        found, total = (int(word) for word in row.verdict.text().split() if word.isdecimal())
        assert found == total > 0
    assert desk.context.servers.all() == []
    finish(desk, wizard)
    desk.wait(lambda: len(desk.context.servers.all()) == 1)
    desk.settle()
    stored = {(rule.server_path, rule.local_path) for rule in desk.context.mappings.all()}
    # As few rules as the page of rules would suggest.
    assert ("/media", str(media)) in stored
    assert len(stored) < len(page.rows)
    mapper = server_mapper(desk.context, desk.context.servers.all()[0].id)
    assert {row.root: mapper.map(row.root).local_path for row in page.rows} == {
        root: str(folder) for root, folder in rules.items()
    }


@pytest.mark.slow
def test_folders_are_found_by_their_files(make_desk: MakeDesk, tmp_path: Path) -> None:
    desk = make_desk(with_server=False)
    media = tmp_path / "media"
    demo_files.write_files(desk.server.library, media, missing=0, differing=0)
    context, server = desk.context, desk.server
    verdict = at_folders(desk).sign_in_page.verdict_found
    assert verdict is not None
    chosen = [library for library in verdict.libraries if library.kind.is_imported]
    samples = setup.read_samples(context, ServerKind.PLEX, server.url, server.token, chosen)
    roots = [root.path for library in chosen for root in library.roots]
    inside = [one for one in samples if any(one.server_path.startswith(root) for root in roots)]
    assert len(inside) > 50
    expected = dict(demo_files.mappings(server.library, media))
    rules = suggest_mappings(roots, samples, [str(media)], fs=context.file_system)
    assert rules[0].found == rules[0].sampled
    for root in roots:
        tried = setup.try_folder(context, root, str(expected[root]), samples)
        assert tried.found == tried.sampled > 0


@pytest.mark.slow
def test_a_server_that_fails_meanwhile_is_told(make_desk: MakeDesk) -> None:
    desk = make_desk(with_server=False)
    wizard = at_folders(desk)
    page = wizard.folders_page
    desk.server.faults.add(Status(status=401))
    page.find_button.click()
    desk.wait(page.find_button.isEnabled)
    assert "refused" in page.said.text()
    assert wizard.next_button.text() == "Skip for now"


@pytest.mark.slow
def test_background_choices_are_kept_with_the_last_button(make_desk: MakeDesk) -> None:
    desk = make_desk(with_server=False)
    wizard = at_folders(desk)
    wizard.next_button.click()
    page = wizard.background_page
    assert all(box.isChecked() for box in page.notices.values())
    assert page.changes() == {}
    page.notices["started"].setChecked(False)
    page.schedule.setCurrentIndex(page.schedule.findData("every"))
    assert page.hours.isVisible()
    page.hours.setValue(12)
    assert desk.context.settings.sync_schedule == "off"
    finish(desk, wizard)
    desk.wait(lambda: len(desk.context.servers.all()) == 1)
    desk.settle()
    settings = desk.context.settings
    assert (settings.sync_schedule, settings.sync_every_hours) == ("every", 12)
    assert settings.notices["started"] is False
    assert settings.notices["server_down"] is True


@pytest.mark.slow
def test_what_cannot_be_kept_leaves_nothing_of_it(make_desk: MakeDesk, tmp_path: Path) -> None:
    desk = make_desk(with_server=False)
    context = desk.context
    verdict = at_folders(desk).sign_in_page.verdict_found
    assert verdict is not None
    assert verdict.info is not None
    made = setup.Setup("Loft", desk.server.url, desk.server.token, verdict.info, verdict.libraries)
    root = verdict.libraries[0].roots[0].path
    for broken in (
        replace(made, rules=((root, str(tmp_path)), (root, str(tmp_path)))),
        replace(made, settings={"sync_every_hours": 0}),
    ):
        with pytest.raises(ConfigError):
            setup.store(context, broken)
        assert context.servers.all() == []
        assert context.mappings.all() == []
    added = setup.store(context, replace(made, rules=((root, str(tmp_path)),)))
    assert [rule.local_path for rule in context.mappings.all()] == [str(tmp_path)]
    assert added.libraries
