"""Shared fixtures: an offscreen Qt platform, isolated directories, the recordings."""

import os
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

_RECORDINGS = Path(__file__).resolve().parents[2] / "shared" / "fixtures"


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
