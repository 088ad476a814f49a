"""What suggesting mappings needs and what it gives."""

from dataclasses import dataclass
from typing import NamedTuple

from retrovue.core.i18n import _, ngettext


class Sample(NamedTuple):
    """A file of the server; `size_bytes` None when the server does not tell it."""

    server_path: str
    size_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class SuggestLimits:
    """Bounds of a search.

    Attributes:
        directory_reads: folders listed in all.
        timeout_s: of the whole search.
        look_timeout_s: of one listing; a folder that takes longer is not looked at again.
        depth: folders below a place.
        samples_per_root: files that a proposal is tested with, for each library root.
    """

    directory_reads: int = 20_000
    timeout_s: float = 10.0
    look_timeout_s: float = 2.0
    depth: int = 7
    samples_per_root: int = 200


class Evidence(NamedTuple):
    """What was seen of the sampled files under a proposed rule."""

    sampled: int = 0
    found: int = 0
    sizes_compared: int = 0
    sizes_equal: int = 0

    def plus(self, other: "Evidence") -> "Evidence":
        """Both together."""
        return Evidence(*(one + two for one, two in zip(self, other, strict=True)))

    @property
    def share_found(self) -> float:
        """0 to 1."""
        return self.found / self.sampled if self.sampled else 0.0

    @property
    def share_equal(self) -> float:
        """Of the sizes that could be compared, 0 to 1; 1 when there were none."""
        return self.sizes_equal / self.sizes_compared if self.sizes_compared else 1.0

    @property
    def user_text(self) -> str:
        """The evidence as a translated phrase."""
        counts = ngettext(
            "{found} of {sampled} sampled file found",
            "{found} of {sampled} sampled files found",
            self.sampled,
        ).format(found=self.found, sampled=self.sampled)
        if not self.sizes_compared:
            sizes = _("sizes unknown")
        elif self.sizes_equal == self.sizes_compared:
            sizes = _("sizes match")
        elif not self.sizes_equal:
            sizes = _("but all sizes differ: probably a different version")
        else:
            sizes = _("{equal} of {compared} sizes match").format(equal=self.sizes_equal, compared=self.sizes_compared)
        return _("{counts}, {sizes}").format(counts=counts, sizes=sizes)


class Suggestion(NamedTuple):
    """A proposed rule with its evidence.

    Attributes:
        roots: the library roots that it maps.
    """

    server_path: str
    local_path: str
    evidence: Evidence
    roots: tuple[str, ...]

    @property
    def sampled(self) -> int:
        """Sample files that the rule was tested with."""
        return self.evidence.sampled

    @property
    def found(self) -> int:
        """Those that are there."""
        return self.evidence.found

    @property
    def sizes_equal(self) -> int:
        """Those that are there with the size that the server tells."""
        return self.evidence.sizes_equal

    @property
    def user_text(self) -> str:
        """Rule and evidence, one translated line."""
        return _("{server_path} → {local_path}: {evidence}").format(
            server_path=self.server_path, local_path=self.local_path, evidence=self.evidence.user_text
        )
