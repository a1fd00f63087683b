#!/bin/sh
# Fetches the two drawing libraries of the report page through npm and checks them.
#
# Needed only to move to a newer version: the files are committed, and neither `make demo` nor
# `make test` runs this. After a change of version: run with --accept, read the diff, commit.
set -eu

UPLOT=1.6.32
LEAFLET=1.9.4

here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cd "$work"
printf '{"private": true}\n' > package.json
npm install --no-save --no-audit --no-fund --ignore-scripts "uplot@$UPLOT" "leaflet@$LEAFLET"

cp node_modules/uplot/dist/uPlot.iife.min.js node_modules/uplot/dist/uPlot.min.css "$here/"
cp node_modules/leaflet/dist/leaflet.js node_modules/leaflet/dist/leaflet.css "$here/"
cp node_modules/uplot/LICENSE "$here/LICENSE-uPlot.txt"
cp node_modules/leaflet/LICENSE "$here/LICENSE-Leaflet.txt"

cd "$here"
if [ "${1:-}" = "--accept" ]; then
    sha256sum uPlot.iife.min.js uPlot.min.css leaflet.js leaflet.css \
        LICENSE-uPlot.txt LICENSE-Leaflet.txt > SHA256SUMS
fi
sha256sum --check SHA256SUMS
