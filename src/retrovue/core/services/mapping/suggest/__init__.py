"""Finding where a server's files are on this computer."""

from retrovue.core.services.mapping.suggest.engine import suggest_mappings
from retrovue.core.services.mapping.suggest.model import Evidence, Sample, Suggestion, SuggestLimits

__all__ = ["Evidence", "Sample", "SuggestLimits", "Suggestion", "suggest_mappings"]
