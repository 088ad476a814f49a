"""The History page: what was played, by whom, where, how far and how; searched, narrowed down, exported, deleted."""
