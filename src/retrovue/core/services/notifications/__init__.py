"""Which events a person is told of, when, and in how many words: rules without a clock, a thread or a window."""

from retrovue.core.services.notifications.flow import Heard, NoticeFlow, Told
from retrovue.core.services.notifications.rules import NoticeRules, rules_of

__all__ = ["Heard", "NoticeFlow", "NoticeRules", "Told", "rules_of"]
