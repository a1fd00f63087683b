#!/bin/sh
# Fetches what the browser tests need beside the project: Chromium and its driver from Debian,
# selenium into the project's environment, and the accessibility checker axe-core through npm.
# Without them those tests skip by name.
set -eu

AXE=4.10.3
here=$(cd "$(dirname "$0")" && pwd)

if ! command -v chromium > /dev/null || ! command -v chromedriver > /dev/null; then
    apt-get update
    apt-get install -y --no-install-recommends chromium chromium-driver
fi

if ! "$here/../../.venv/bin/python" -c "import selenium" 2> /dev/null; then
    "$here/../../.venv/bin/python" -m pip install --quiet "selenium>=4.20"
fi
if ! command -v npm > /dev/null; then
    apt-get install -y --no-install-recommends npm
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
printf '{"private": true}\n' > package.json
npm install --no-save --no-audit --no-fund --ignore-scripts "axe-core@$AXE"
cp node_modules/axe-core/axe.min.js "$here/axe.min.js"
