#!/bin/bash
# Install the arm64 package in clean Debian roots (Bookworm, Trixie) and run unit tests on it there.
#   run.sh PACKAGE.deb [bookworm|trixie]...    both when none is named; ONLY='apt|unit' for a part
# The roots are emulated (qemu-user, no kernel), kept as tars in BACKRUN_CACHE, and thrown away after
# use. What is checked is in inside.sh. Exit status: 0 all held, 1 something did not, 77 it could not.
# Needs root, mmdebstrap, qemu-user-static, binfmt-support, Debian's archive, a Python package index.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(dirname "$(dirname "$here")")
cache=${BACKRUN_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/backrun-arm64}
python=$top/.venv/bin/python
# what unit tests need besides the package
tools=(pytest hypothesis)
say() { echo "arm64: $*" >&2; }

package=$(realpath "${1:?PACKAGE.deb}")
shift
suites=("$@")
[ ${#suites[@]} -gt 0 ] || suites=(bookworm trixie)
mkdir -p "$cache"
work=$(mktemp -d)
had_binfmt=1 inside=''

# shellcheck disable=SC2317  # called by the trap
tidy() {
  if [ -n "$inside" ]; then kill "$inside" 2>/dev/null || true; wait "$inside" || true; fi
  rm -rf --one-file-system "$work"
  if [ -z "$had_binfmt" ]; then
    update-binfmts --disable qemu-aarch64 >/dev/null 2>&1 || true
    umount /proc/sys/fs/binfmt_misc 2>/dev/null || true
  fi
}
trap tidy EXIT

emulate() {  # let the kernel run arm64 programs; taken back at the end when it was not so before
  if [ ! -e /proc/sys/fs/binfmt_misc/qemu-aarch64 ]; then
    had_binfmt=''
    [ -e /proc/sys/fs/binfmt_misc/status ] ||
      mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc ||
      { say "SKIPPED: this kernel has no binfmt_misc"; exit 77; }
    update-binfmts --enable qemu-aarch64 >/dev/null ||
      { say "SKIPPED: qemu-user-static is not registered"; exit 77; }
  fi
}

root_of() {  # SUITE: print the tar of a bare root, made when the cache has none
  local tar=$cache/$1-v1.tar
  if [ ! -e "$tar" ]; then
    say "building a bare $1 for arm64 (minutes)"
    mmdebstrap --quiet --arch=arm64 --variant=minbase --include=python3,systemd \
      --aptopt='Acquire::Languages "none"' --dpkgopt='path-exclude=/usr/share/doc/*' \
      --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
      "$1" "$tar.part.tar" >&2 || { say "SKIPPED: no root of $1 could be made"; return 77; }
    mv "$tar.part.tar" "$tar"
  fi
  echo "$tar"
}

enter() {  # ROOT COMMAND...: in namespaces of its own, so that nothing stays mounted or running
  local root=$1
  shift
  cp -L /etc/resolv.conf "$root/etc/resolv.conf"
  # shellcheck disable=SC2016  # expanded by the inner shell
  unshare --mount --pid --fork --kill-child bash -c '
    set -e; root=$1; shift
    mount -t proc proc "$root/proc"; mount --rbind /dev "$root/dev"; mount -t tmpfs tmpfs "$root/tmp"
    exec chroot "$root" /usr/bin/env -i HOME=/root LANG=C.UTF-8 TERM=dumb \
      PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
  ' enter "$root" "$@"
}

minor_of() { case $1 in bookworm) echo 11 ;; *) echo 13 ;; esac; }  # SUITE: of its Python 3

fill() {  # ROOT MINOR: the package, the sources without the program itself, the test tools
  mkdir -p "$1/src/tools"
  cp "$package" "$1/src/backrun.deb"
  (cd "$top" && cp -a --parents tests benchmarks firmware systemd config docs pyproject.toml README.md "$1/src")
  # the image recipe's own hooks, as rpi-image-gen would run them
  awk '/- \|-$/ {on = 1; next} on {sub(/^      /, ""); print}' \
    "$top/firmware/image/layer/backrun.yaml" > "$1/src/image-hook.sh"
  local minor=$2
  "$python" -m pip --disable-pip-version-check -q install --no-compile --target "$1/src/tools" \
    -c "$top/constraints.txt" --only-binary=:all: --implementation cp --python-version "3.$minor" \
    --abi "cp3$minor" --abi abi3 --abi none --platform any --platform manylinux2014_aarch64 \
    --platform manylinux_2_28_aarch64 --platform manylinux_2_17_aarch64 "${tools[@]}" ||
    { say "SKIPPED: no Python package index"; exit 77; }
}

emulate
status=0
for suite in "${suites[@]}"; do
  tar=$(root_of "$suite") || exit $?
  root=$work/$suite
  mkdir "$root"
  tar -x -C "$root" --numeric-owner -f "$tar"
  fill "$root" "$(minor_of "$suite")"
  say "in $suite"
  enter "$root" /src/tests/arm64/inside.sh "$suite" "${ONLY:-}" &
  inside=$!
  wait "$inside" || status=1
  inside=''
  rm -rf --one-file-system "$root"
done
exit "$status"
