"""Days as the command line takes them."""

from datetime import date
from typing import Annotated

import typer

from retrovue.core.domain.errors import ConfigError
from retrovue.core.i18n import _

From = Annotated[str | None, typer.Option("--from", metavar="DAY", help=_("First day, as 2026-01-31."))]
To = Annotated[str | None, typer.Option("--to", metavar="DAY", help=_("Last day, as 2026-01-31."))]


def parse_day(text: str | None) -> date | None:
    """Return the day that a person entered; None for nothing.

    Raises:
        ConfigError: it is not a day.
    """
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(
            _("“{text}” is not a day.").format(text=text), hint=_("Enter a day as 2026-01-31.")
        ) from error
