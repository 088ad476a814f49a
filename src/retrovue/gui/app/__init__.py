"""The window's process and frame: start, one instance, main window, menus, rail, status bar, closing.

`application.py` owns the process: one instance per data folder, tray, notifications, the context on a worker after
the first paint, one way to end. `main_window.py` is the window; its pages are built when first shown. `shell.py`
joins the parts around one profile. Nothing depends on a tray: `closing.py` checks for one each time before the
window hides, and brings it back minimized when a panel went away. Controllers and dialogs are loaded on the worker
that opens the profile, after the first paint.
"""
