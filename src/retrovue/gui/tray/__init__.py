"""The tray icon and its menu. Nothing depends on there being a tray."""
