"""Whether somebody plays on a device that the history does not know of them."""

from retrovue.core.context import AppContext
from retrovue.core.domain.playback import RemoteSession


def is_new_device(host: AppContext, server_id: int, session: RemoteSession) -> bool:
    """Whether no play of this person on this server was on this device.

    Somebody without any play has no devices to tell it from: the first one is not new.
    """
    if session.device_id is None or session.user is None:
        return False
    devices = host.play_lists.devices_of(server_id, session.user)
    return bool(devices) and session.device_id not in devices
