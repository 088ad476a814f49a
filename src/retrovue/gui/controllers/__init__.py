"""Long-lived work as the window sees it: syncs, live sessions and live updates. Thin listeners of core."""
