"""Whether somebody plays on a device that the history does not know of them."""

from retrovue.core.domain.playback import RemoteSession
from retrovue.core.services.history.lists import PlayListHost


def is_new_device(host: PlayListHost, server_id: int, session: RemoteSession) -> bool:
    """Whether no play of this person on this server was on this device.

    Somebody without any play has no devices to tell it from: the first one is not new.
    """
    if session.device_id is None or session.user is None:
        return False
    devices = host.play_lists.devices_of(server_id, session.user)
    return bool(devices) and session.device_id not in devices
