"""A stand-in of Tautulli's API v2: rows as it lists them, and what goes wrong with it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from retrovue.demo.http import Connection, Listener, Request, Response, head_bytes

KEY = "0123456789abcdef0123456789abcdef"
MACHINE = "00000000000000000000000000000000retrolab"


def row(row_id: int, started: int, /, **facts: Any) -> dict[str, Any]:
    """A row of `get_history`: an episode of half an hour, played to its end, unless `facts` say otherwise."""
    stopped = facts.pop("stopped", started + 1_800)
    found = {
        "reference_id": row_id, "row_id": row_id, "id": row_id, "date": started, "started": started,
        "stopped": stopped, "duration": stopped - started, "play_duration": stopped - started, "paused_counter": 0,
        "user_id": 1000004, "user": "chiara.m", "friendly_name": "Chiara", "platform": "Chrome",
        "product": "Plex Web", "player": "Chrome", "ip_address": "203.0.113.9", "live": 0, "machine_id": "lab-04-2",
        "location": "wan", "media_type": "episode", "rating_key": 10025, "parent_rating_key": 6001,
        "grandparent_rating_key": 5000, "full_title": "The Northern Lantern - Chapter 5", "title": "Chapter 5",
        "parent_title": "Season 1", "grandparent_title": "The Northern Lantern", "year": 2005, "media_index": "5",
        "parent_media_index": 1, "originally_available_at": "2005-11-02", "guid": f"plex://episode/{row_id:024x}",
        "transcode_decision": "transcode", "percent_complete": 100, "watched_status": 1, "group_count": 1,
        "group_ids": str(row_id), "state": None, "session_key": None,
    }  # fmt: skip
    return found | facts


class TautulliStandIn:
    """Answers on 127.0.0.1.

    Attributes:
        rows: the history; live rows have no `row_id`.
        asked: the parameters of each call, without the key.
        spoil: changes an answer before it is sent (body → body), to be HTML, cut off, or another version's.
        fail_at: the number of the call of `get_history`, from 1, whose connection is cut.
        status: of every answer of `get_history`.
    """

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self.rows = rows
        self.machine: str | None = MACHINE
        self.asked: list[dict[str, str]] = []
        self.spoil: Callable[[bytes], bytes] = bytes
        self.fail_at = 0
        self.status = 200
        self._listener = Listener(self._serve, 0)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.port}"

    def __enter__(self) -> TautulliStandIn:
        return self

    def __exit__(self, *_exc: object) -> None:
        self._listener.stop()

    def _serve(self, connection: Connection) -> None:
        while (request := connection.read_request()) is not None:
            status, response = self._answer(request)
            body = self.spoil(json.dumps({"response": response}).encode())
            head = head_bytes(Response(status), now=0, keep_alive=True, length=len(body))
            calls = sum(1 for each in self.asked if each["cmd"] == "get_history")
            if self.fail_at and calls >= self.fail_at and self.asked[-1]["cmd"] == "get_history":
                connection.send(head + body[: len(body) // 2])
                connection.cut(reset=False)
                return
            connection.send(head + body)

    def _answer(self, request: Request) -> tuple[int, dict[str, Any]]:
        asked = dict(request.params)
        key = asked.pop("apikey", None)
        self.asked.append(asked)
        if key != KEY:
            return 400, {"result": "error", "message": "Invalid apikey", "data": {}}
        match asked.get("cmd"):
            case "status":
                return 200, {"result": "success", "message": "Ok", "data": {}}
            case "get_tautulli_info":
                return _success({"tautulli_version": "v2.17.2", "tautulli_platform": "Linux"})
            case "get_server_info":
                return _success({"pms_name": "Lab PMS", "pms_identifier": self.machine, "pms_version": "1.41"})
            case "get_history":
                return self.status, _success(self._history(asked))[1]
            case unknown:
                message = f"Unknown command: {unknown}. Possible commands are: arnold"
                return 400, {"result": "error", "message": message, "data": {}}

    def _history(self, asked: dict[str, str]) -> dict[str, Any]:
        assert (asked["grouping"], asked["include_activity"]) == ("0", "0")
        ended = sorted(
            (each for each in self.rows if each["row_id"] is not None),
            key=lambda each: (each["stopped"], each["row_id"]),
            reverse=asked["order_dir"] == "desc",
        )
        live = [each for each in self.rows if each["row_id"] is None]
        listed = live + ended
        start, length = int(asked["start"]), int(asked["length"])
        return {"recordsFiltered": len(listed), "recordsTotal": len(ended), "data": listed[start : start + length]}


def _success(data: Any) -> tuple[int, dict[str, Any]]:
    return 200, {"result": "success", "message": None, "data": data}
