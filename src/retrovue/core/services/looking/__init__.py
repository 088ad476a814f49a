"""Looks at the disk with deadlines and a fence.

A dead share blocks whoever touches it for minutes: looks run on threads of their own with a deadline
(`system/looks.py`), and a folder that does not respond makes its files unreachable, never missing. A link inside a
mapped folder is followed to mapped folders only (`fence.py`).
"""

from retrovue.core.services.looking.engine import check_files
from retrovue.core.services.looking.faults import FileFault, fault_of
from retrovue.core.services.looking.model import (
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
