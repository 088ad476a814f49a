#!/bin/sh
# Removes what install.sh put into this user's folders. The catalog, the settings and the sign-ins stay.
set -eu
data=${XDG_DATA_HOME:-$HOME/.local/share}
program="$HOME/.local/bin/retrovue"

config=${XDG_CONFIG_HOME:-$HOME/.config}

# What this program added to the system itself goes with it, for every data folder; not what another copy of it added.
for unit in "$config/systemd/user"/retrovue-*recorder.service; do
    if grep -qsF '/.local/bin/retrovue' "$unit"; then
        systemctl --user disable --now "$(basename "$unit")" > /dev/null 2>&1 || true
        rm -f "$unit"
        systemctl --user daemon-reload > /dev/null 2>&1 || true
    fi
done
for entry in "$config/autostart"/retrovue*.desktop; do
    if grep -qsF '/.local/bin/retrovue' "$entry"; then
        rm -f "$entry"
    fi
done
rm -f "$program" "$data/applications/retrovue.desktop" "$data/metainfo/org.retrovue.retrovue.metainfo.xml"
find "$data/icons/hicolor" -type f \( -name retrovue.svg -o -name retrovue.png \) -delete 2> /dev/null || true
command -v update-desktop-database > /dev/null && update-desktop-database -q "$data/applications" || true
echo "RetroVue was removed. Your catalog is still in $data/RetroVue"
