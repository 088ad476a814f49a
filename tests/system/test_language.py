"""The language that is spoken: the setting's, the system's, English."""

import importlib.util
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from retrovue.cli.argv import parse_global
from retrovue.cli.main import run
from retrovue.core import i18n
from retrovue.core.domain.sizes import format_size, parse_size
from retrovue.core.i18n import _, decimal, ngettext, number
from retrovue.core.system.language import chosen_language, speak, system_languages, translations
from retrovue.core.system.resources import resource_path

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _english_again(compiled: None) -> Iterator[None]:
    yield
    i18n.set_language(None, Path())


@pytest.fixture(scope="module")
def compiled() -> None:
    """The compiled catalogs are no part of a checkout: the installation makes them, an edit outdates them."""
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module: ModuleType = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.compile_catalogs(resource_path("translations"))


def test_the_setting_decides() -> None:
    assert speak("de", {"LANG": "en_US.UTF-8"}) == "de"
    assert _("Save rule") == "Regel speichern"
    assert ngettext("{n} episode", "{n} episodes", 1).format(n=1) == "1 Folge"
    assert ngettext("{n} episode", "{n} episodes", 0).format(n=0) == "0 Folgen"
    assert speak("en", {"LANG": "de_DE.UTF-8"}) == "en"
    assert _("Save rule") == "Save rule"


@pytest.mark.parametrize(
    ("environ", "spoken"),
    [
        ({}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "de_AT.UTF-8"}, "de_AT"),
        ({"LANG": "en_GB.UTF-8", "LC_MESSAGES": "de_DE@euro"}, "de_DE"),
        ({"LANGUAGE": "xx:de", "LANG": "en_US"}, "de"),
        ({"LANGUAGE": "en_US:de", "LANG": "de_DE"}, "en"),
        ({"LANG": "xx_YY"}, "en"),
    ],
)
@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="the preferences of the system speak up without LANG")
def test_without_a_setting_the_system_decides(environ: dict[str, str], spoken: str) -> None:
    assert speak("", environ) == spoken


def test_a_list_of_languages_is_in_order() -> None:
    assert system_languages({"LANGUAGE": "de_CH.UTF-8:fr"}) == ["de_CH", "fr"]


def test_the_translations_are_those_with_a_catalog() -> None:
    assert translations() == ["de"]


def test_what_is_chosen_is_known_before_the_settings_are_opened(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    assert chosen_language(file, {}) == ""
    assert not file.exists()
    file.write_text(json.dumps({"language": "de"}), encoding="utf-8")
    assert chosen_language(file, {}) == "de"
    assert chosen_language(file, {"RETROVUE_LANGUAGE": "en"}) == "en"
    file.write_text("{", encoding="utf-8")
    assert chosen_language(file, {}) == ""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("servers list --help", "Server auflisten, und was über sie bekannt ist."),
        ("servers --help", "Medienserver: hinzufügen"),
        ("mappings add --help", "Pfad, wie der Server ihn schreibt."),
        ("servers list", "Noch keine Server."),
    ],
)
def test_commands_and_their_help_are_translated(
    tmp_path: Path, words: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out, errors = io.StringIO(), io.StringIO()
    environ = {"RETROVUE_LANGUAGE": "de", "RETROVUE_SECRETS": "memory", "COLUMNS": "200"}
    options = parse_global(["--data-dir", str(tmp_path), *words.split()])
    code = run(options, environ=environ, stdout=out, stderr=errors, keyring=lambda: None)
    assert code == 0
    # Typer prints its help by itself.
    assert said in out.getvalue() + errors.getvalue() + capsys.readouterr().out


def test_numbers_are_written_as_the_language_does() -> None:
    assert (number(12_300), decimal(1_234.5, 1), format_size(1_500_000_000)) == ("12,300", "1,234.5", "1.5 GB")
    assert speak("de", {}) == "de"
    assert (number(12_300), decimal(1_234.5, 1), format_size(1_500_000_000)) == ("12.300", "1.234,5", "1,5 GB")
    assert parse_size(format_size(1_500_000_000)) == 1_500_000_000
