#!/bin/sh
# Puts RetroVue into the menu of this user: run it from the unpacked folder. Nothing needs root.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
data=${XDG_DATA_HOME:-$HOME/.local/share}
program="$HOME/.local/bin/retrovue"

mkdir -p "$HOME/.local/bin" "$data/applications" "$data/metainfo"
# Beside the old file and then over it: a program that is running keeps its own.
cp "$here/retrovue" "$program.new"
chmod 755 "$program.new"
mv -f "$program.new" "$program"
(cd "$here/icons" && find . -type f) | while IFS= read -r icon; do
    mkdir -p "$data/icons/hicolor/$(dirname "$icon")"
    cp "$here/icons/$icon" "$data/icons/hicolor/$icon"
done
cp "$here/org.retrovue.retrovue.metainfo.xml" "$data/metainfo/"
# The menu does not search ~/.local/bin on every desktop, so it gets the whole path, quoted as desktop files need it.
quoted=$(printf '%s' "$program" | sed -e 's/[\\"`$]/\\&/g' -e 's/%/%%/g' -e 's/\\/\\\\/g' -e 's/[\\&|]/\\&/g')
sed "s|^Exec=retrovue |Exec=\"$quoted\" |" "$here/retrovue.desktop" > "$data/applications/retrovue.desktop"

# Both only make the menu notice at once; it does so later without them.
command -v update-desktop-database > /dev/null && update-desktop-database -q "$data/applications" || true
command -v gtk-update-icon-cache > /dev/null && gtk-update-icon-cache -qtf "$data/icons/hicolor" || true
echo "RetroVue is in the menu. The program is $program"
