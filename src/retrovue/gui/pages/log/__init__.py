"""The Log page: what happened, as it happens, without secrets; and a report that can be copied."""
