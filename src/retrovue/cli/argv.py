"""Global options, which can be anywhere on the command line."""

from dataclasses import dataclass
from pathlib import Path

from retrovue.core.domain.errors import ConfigError
from retrovue.core.i18n import _

_FLAGS = {"--json": "json", "--quiet": "quiet", "-q": "quiet", "--verbose": "verbose", "-v": "verbose"}
_VALUE = "--data-dir"


@dataclass(frozen=True, slots=True)
class GlobalOptions:
    """The options of every command. `words` is the rest of the command line."""

    data_dir: Path | None = None
    json: bool = False
    quiet: bool = False
    verbose: bool = False
    version: bool = False
    self_test: bool = False
    minimized: bool = False
    words: tuple[str, ...] = ()


def parse_global(argv: list[str]) -> GlobalOptions:
    """Separate the global options from a command line. Words after `--` stay as they are.

    `--version`, `--self-test` and `--minimized` are options of the program and come before any command.

    Raises:
        ConfigError: `--data-dir` without a folder.
    """
    found: dict[str, bool] = {}
    data_dir: Path | None = None
    words: list[str] = []
    rest = list(argv)
    while rest:
        word = rest.pop(0)
        if word == "--":
            words += [word, *rest]
            break
        name, equals, value = word.partition("=")
        if word in _FLAGS:
            found[_FLAGS[word]] = True
        elif name == _VALUE:
            if not equals:
                value = rest.pop(0) if rest else ""
            if not value:
                raise ConfigError(_("--data-dir needs a folder."))
            data_dir = Path(value)
        elif not words and word in ("--version", "--self-test", "--minimized"):
            found[word[2:].replace("-", "_")] = True
        else:
            words.append(word)
    return GlobalOptions(data_dir=data_dir, words=tuple(words), **found)
