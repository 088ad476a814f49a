"""The common part of Emby and Jellyfin: item queries, rows, sessions, sign-in."""
