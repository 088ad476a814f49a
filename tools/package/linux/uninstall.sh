#!/bin/sh
# Removes what install.sh put into this user's folders. The catalog, the settings and the sign-ins stay.
set -eu
data=${XDG_DATA_HOME:-$HOME/.local/share}
program="$HOME/.local/bin/retrovue"

# What the program itself added to the system goes with it.
if [ -x "$program" ] && command -v systemctl > /dev/null; then
    "$program" service remove > /dev/null 2>&1 || true
fi
rm -f "$program" "$data/applications/retrovue.desktop" "$data/metainfo/org.retrovue.retrovue.metainfo.xml"
rm -f "${XDG_CONFIG_HOME:-$HOME/.config}/autostart/retrovue.desktop"
find "$data/icons/hicolor" -type f \( -name retrovue.svg -o -name retrovue.png \) -delete 2> /dev/null || true
command -v update-desktop-database > /dev/null && update-desktop-database -q "$data/applications" || true
echo "RetroVue was removed. Your catalog is still in $data/RetroVue"
