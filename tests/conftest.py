"""Shared fixtures: an offscreen Qt platform, isolated directories, the recordings."""

import os
from collections.abc import Hashable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from tests.programs import each_engine as each_engine
from tests.storage.engines import engine_database as engine_database
from tests.storage.engines import engine_name as engine_name
from tests.storage.engines import postgres as postgres

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

# A busy machine stops any example for longer than the 200 ms that Hypothesis grants. To explain a failure it traces
# every line, which takes a test of a catalog past its time limit: the failure itself would never be seen.
settings.register_profile(
    "retrovue",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[phase for phase in Phase if phase is not Phase.explain],
)
settings.load_profile("retrovue")

_TESTS = Path(__file__).parent
# Files whose slow tests are slow by what they do: they measure no time, kill nothing and share no display. The slow
# tier runs them on several processes, as the fast tier does with their other tests.
_BESIDE = frozenset(
    _TESTS / name
    for name in (
        "cli/test_papers.py",
        "gui/library/test_page_library_actions.py",
        "gui/library/test_page_library_grouping.py",
        "gui/library/test_page_library_hits.py",
        "gui/library/test_page_library_lists.py",
        "gui/library/test_page_library_saved.py",
        "gui/test_indicators.py",
        "gui/test_page_log.py",
        "gui/test_page_mapping_rules.py",
        "gui/test_page_servers.py",
        "gui/test_page_settings.py",
        "gui/test_page_statistics.py",
        "gui/test_pseudo_locale.py",
        "gui/test_wizard_cancel.py",
        "gui/test_wizard_folders.py",
        "gui/test_wizard_verdicts.py",
        "services/mapping_and_files/test_moment.py",
        "services/monitor/test_known_until.py",
        "services/sync/test_blind.py",
        "services/sync/test_counts.py",
        "services/sync/test_dry_run.py",
        "services/sync/test_faults.py",
        "services/sync/test_on_postgres.py",
        "services/sync/test_survey.py",
        "sources/mediabrowser/test_through_sync.py",
        "storage/test_search_engines.py",
    )
)
_RECORDINGS = Path(__file__).resolve().parents[2] / "shared" / "fixtures"


def _function(item: pytest.Item) -> Hashable:
    """The test function that an item is, or a parameter of."""
    return item.path, item.parent, getattr(item, "originalname", item.name)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the slow tests that may run beside others: those of `_BESIDE`, and further parameters of a fast test.

    The fast tier runs that very function on several processes.
    """
    fast = {_function(item) for item in items if item.get_closest_marker("slow") is None}
    for item in items:
        if item.path in _BESIDE or _function(item) in fast:
            item.add_marker(pytest.mark.beside)


@pytest.fixture
def fixtures_dir() -> Path:
    """The folder of recorded server answers; the test is skipped where it is not present."""
    if not _RECORDINGS.is_dir():
        pytest.skip("recorded answers are not on this machine")
    return _RECORDINGS


@pytest.fixture(autouse=True)
def _no_real_profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the settings, secrets or data of the person who runs it."""
    for name in list(os.environ):
        if name.startswith("RETROVUE_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("RETROVUE_DATA_DIR", str(tmp_path / "profile"))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
