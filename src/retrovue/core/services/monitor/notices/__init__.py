"""Which events a person is told of, when, and in how many words: rules without a clock, a thread or a window."""

from retrovue.core.services.monitor.notices.flow import NoticeFlow, Told
from retrovue.core.services.monitor.notices.rules import NoticeFilter, NoticeRules, in_quiet_hours, rules_of
from retrovue.core.services.monitor.notices.words import NoticeText, notice_of

__all__ = ["NoticeFilter", "NoticeFlow", "NoticeRules", "NoticeText", "Told", "in_quiet_hours", "notice_of", "rules_of"]
