"""Compiles the translations while a wheel or an editable install is built.

Only the readable `.po` files are kept in the repository. The compiled `.mo` files lie beside them, where the
program looks for them in a checkout and where a wheel takes them from.
"""

from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


def compile_catalogs(translations: Path) -> list[Path]:
    """Compile every `LC_MESSAGES/*.po` below `translations` and return the `.mo` files.

    Raises:
        babel.messages.pofile.PoFileError: a catalog is malformed; the build must not go on without it.
    """
    compiled = []
    for source in sorted(translations.glob("*/LC_MESSAGES/*.po")):
        with source.open("rb") as file:
            catalog = read_po(file, locale=source.parents[1].name, abort_invalid=True)
        target = source.with_suffix(".mo")
        with target.open("wb") as file:
            write_mo(file, catalog)
        compiled.append(target)
    return compiled


class CustomBuildHook(BuildHookInterface[Any]):
    """Hatchling calls `initialize` before it gathers the files of a wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, and name the results: they are ignored by git, and hatchling leaves out what git ignores."""
        root = Path(self.root)
        compiled = compile_catalogs(root / "resources" / "translations")
        build_data["artifacts"].extend(path.relative_to(root).as_posix() for path in compiled)
