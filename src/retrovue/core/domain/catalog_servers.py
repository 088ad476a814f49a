"""What a test of a database server says, step by step."""

from dataclasses import dataclass
from enum import StrEnum


class CatalogStep(StrEnum):
    """The steps in their order; one that failed ends the test."""

    REACHED = "reached"
    SIGNED_IN = "signed_in"
    VERSION = "version"
    ENCODING = "encoding"
    RIGHTS = "rights"
    SCHEMA = "schema"


@dataclass(frozen=True, slots=True)
class StepResult:
    """One step.

    Attributes:
        words: what was found, or why it failed.
        hint: what to do about a failure.
        command_hint: what to do about it on the command line, where that is something else.
    """

    step: CatalogStep
    is_ok: bool
    words: str
    hint: str = ""
    command_hint: str = ""


@dataclass(frozen=True, slots=True)
class CatalogVerdict:
    """The steps that were taken.

    Attributes:
        has_catalog: there is a catalog that can be used.
        is_empty: there is nothing yet: a catalog can be copied there, or begun.
        wants_password: it failed for want of one, or of another one.
    """

    address: str
    steps: tuple[StepResult, ...]
    has_catalog: bool = False
    is_empty: bool = False
    wants_password: bool = False

    @property
    def can_use(self) -> bool:
        """Whether the program can work on it."""
        return self.has_catalog or self.is_empty
