#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Makes pictures of the window at work, light and dark, in single and double size, under a display of its own:
#   tests/gui/screenshot.sh BUILD_FOLDER [OUTPUT_FOLDER]
# With --readme as the third word, the picture of the README is replaced. Needs xvfb-run, and ImageMagick for --readme.
set -euo pipefail
build=${1:?usage: screenshot.sh BUILD_FOLDER [OUTPUT_FOLDER] [--readme]}
output=${2:-$build/screenshots}
tree=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

cmake --build "$build" --target patchbay-screenshot
mkdir -p "$output"
export HOME=/tmp/ada # what is received lands below it, and its name is in the pictures
mkdir "$HOME"
trap 'rm -rf "$HOME"' EXIT
for theme in light dark; do
    for scale in 1 2; do
        LC_ALL=C.UTF-8 QT_SCALE_FACTOR=$scale xvfb-run --auto-servernum --server-args='-screen 0 2560x1600x24' \
            "$build/bin/patchbay-screenshot" "$output" "$theme"
    done
done
if [[ ${3:-} == --readme ]]; then
    convert "$output/sending-light-1x.png" -strip -dither None -colors 192 -define png:compression-level=9 \
        "PNG8:$tree/apps/host/gui/screenshot.png"
fi
ls -l "$output"
