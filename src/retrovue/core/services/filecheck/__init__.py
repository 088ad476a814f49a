"""The state of media files on this computer."""

from retrovue.core.services.filecheck.engine import check_files
from retrovue.core.services.filecheck.faults import FileFault, fault_of
from retrovue.core.services.filecheck.model import (
    CheckMark,
    CheckOptions,
    CheckProgress,
    CheckSummary,
    FileResult,
    FileToCheck,
    RootSummary,
)

__all__ = [
    "CheckMark",
    "CheckOptions",
    "CheckProgress",
    "CheckSummary",
    "FileFault",
    "FileResult",
    "FileToCheck",
    "RootSummary",
    "check_files",
    "fault_of",
]
