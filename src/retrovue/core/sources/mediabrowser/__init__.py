"""What Emby and Jellyfin have in common: item queries, their rows, sessions, sign-in."""
