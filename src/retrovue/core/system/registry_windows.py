"""The Run key of the Windows registry: programs that start when the user signs in."""

import sys

_RUN_KEY = r"Software\Microsoft\Windows\CurrentVersion\Run"

if sys.platform == "win32":
    import winreg

    class RunKey:
        """`autostart.Registry` for the real key. Thread: any."""

        def read(self, name: str) -> str | None:
            """Return a value, or None."""
            try:
                with winreg.OpenKey(winreg.HKEY_CURRENT_USER, _RUN_KEY) as key:
                    return str(winreg.QueryValueEx(key, name)[0])
            except FileNotFoundError:
                return None

        def write(self, name: str, value: str) -> None:
            """Set a value.

            Raises:
                OSError: a policy forbids it.
            """
            with winreg.CreateKey(winreg.HKEY_CURRENT_USER, _RUN_KEY) as key:
                winreg.SetValueEx(key, name, 0, winreg.REG_SZ, value)

        def delete(self, name: str) -> None:
            """Remove a value, if it exists.

            Raises:
                OSError: a policy forbids it.
            """
            try:
                with winreg.OpenKey(winreg.HKEY_CURRENT_USER, _RUN_KEY, 0, winreg.KEY_SET_VALUE) as key:
                    winreg.DeleteValue(key, name)
            except FileNotFoundError:
                return
