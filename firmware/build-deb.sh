#!/bin/bash
# Build the Debian package of the companion with the Python packages it needs.
#   build-deb.sh [--arch arm64|amd64] [--python "3.11 3.13"] [--out DIR]
# Nothing is compiled: the Python packages are wheels for the target, and each file, the build backend's
# too, is one whose hash stands in requirements/ (firmware/pin_hashes.py). Needs dpkg-deb, python3 with
# pip, and a package index. The last line on stdout is the path of the package.
# Exit status: 0 built, 1 failed, 77 a tool or the index is missing (SKIPPED, with its name).
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(dirname "$here")
arch=arm64 pythons='3.11 3.13' out=$top/dist
python=${PYTHON:-python3}
if [ -x "$top/.venv/bin/python" ]; then python=$top/.venv/bin/python; fi
say() { echo "build-deb: $*" >&2; }
while [ $# -gt 0 ]; do
  case $1 in
    --arch) arch=${2:?}; shift 2 ;;
    --python) pythons=${2:?}; shift 2 ;;
    --out) out=${2:?}; shift 2 ;;
    *) sed -n '3,7s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
  esac
done
case $arch in
  arm64) machine=aarch64 ;;
  amd64) machine=x86_64 ;;
  *) say "no wheels are asked for on $arch"; exit 2 ;;
esac
for tool in dpkg-deb "$python"; do
  command -v "$tool" >/dev/null || { say "SKIPPED: $tool is missing"; exit 77; }
done

stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
root=$stage/root
version=$(sed -nE 's/^version = "(.*)"/\1/p' "$top/pyproject.toml")
mkdir -p "$root/DEBIAN" "$stage/wheel" "$out"
pip() { "$python" -m pip --disable-pip-version-check -q "$@"; }
pinned() { pip install --require-hashes --only-binary=:all: "$@"; }  # no file but those of requirements/

say "wheel of backrun_pi $version"
if ! pinned --target "$stage/backend" -r "$here/requirements/build.txt" 2> "$stage/why"; then
  cat "$stage/why" >&2
  if grep -qi 'hash' "$stage/why"; then say "a file is not the one that was pinned"; exit 1; fi
  say "SKIPPED: no package index"; exit 77
fi
PYTHONPATH=$stage/backend pip wheel --no-deps --no-build-isolation --wheel-dir "$stage/wheel" "$top"
own=$(echo "$stage"/wheel/*.whl)

for one in $pythons; do
  say "packages for Python $one on $arch"
  list=$here/requirements/python$one-$arch.txt
  [ -e "$list" ] || { say "no $list: firmware/pin_hashes.py writes one for each Python it knows"; exit 1; }
  platforms=()
  for glibc in 2_36 2_34 2_31 2_28 2_27 2_26 2_24 2_17; do
    platforms+=(--platform "manylinux_${glibc}_$machine")
  done
  pinned --no-deps --no-compile --target "$root/usr/lib/backrun/python$one" \
    --implementation cp --python-version "$one" --abi "cp${one/./}" --abi abi3 --abi none \
    "${platforms[@]}" --platform "manylinux2014_$machine" --platform any -r "$list"
  pip install --no-deps --no-compile --target "$root/usr/lib/backrun/python$one" --python-version "$one" \
    --only-binary=:all: "$own"
  rm -rf "$root/usr/lib/backrun/python$one/bin"
done
find "$root" -name __pycache__ -prune -exec rm -rf {} +
# Compiled here when this machine has that Python: a Pi takes minutes over it
for one in $pythons; do
  for interpreter in "$python" "python$one"; do
    if [ "$("$interpreter" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)" = "$one" ]
    then
      say "compiling for Python $one"
      "$interpreter" -m compileall -q -s "$root" --invalidation-mode unchecked-hash \
        "$root/usr/lib/backrun/python$one" >/dev/null || true   # some packages carry bad examples
      break
    fi
  done
done

say "files of the system"
put() { install -D -m "$1" "$2" "$root$3"; }
put 755 "$here/backrun" /usr/bin/backrun
put 755 "$here/usb-gadget" /usr/lib/backrun/usb-gadget
put 755 "$here/refresh-drive" /usr/lib/backrun/refresh-drive
put 755 "$here/motor-off" /usr/lib/backrun/motor-off
put 755 "$here/install.sh" /usr/share/backrun/install.sh
put 644 "$here/config.txt" /usr/share/backrun/config.txt
put 644 "$here/sysusers/backrun.conf" /usr/lib/sysusers.d/backrun.conf
put 644 "$here/tmpfiles/backrun.conf" /usr/lib/tmpfiles.d/backrun.conf
put 644 "$here/modules-load/backrun.conf" /usr/lib/modules-load.d/backrun.conf
put 644 "$here/udev/70-backrun.rules" /usr/lib/udev/rules.d/70-backrun.rules
for unit in "$top"/systemd/*.service "$top"/systemd/*.path; do
  put 644 "$unit" "/usr/lib/systemd/system/$(basename "$unit")"
done
put 644 "$top/systemd/journald.conf.d/backrun.conf" /usr/lib/systemd/journald.conf.d/backrun.conf
put 644 "$top/systemd/system.conf.d/backrun.conf" /usr/lib/systemd/system.conf.d/backrun.conf
if [ -e "$top/config/backrun.toml" ]; then
  put 644 "$top/config/backrun.toml" /etc/backrun/backrun.toml
  echo /etc/backrun/backrun.toml > "$root/DEBIAN/conffiles"
fi
put 644 "$top/README.md" /usr/share/doc/backrun/README.md
put 644 "$top/LICENSE" /usr/share/doc/backrun/copyright
"$python" "$here/list_bundled.py" "$root/usr/lib/backrun" > "$root/usr/share/doc/backrun/bundled.txt"

size=$(du -sk --apparent-size "$root" | cut -f1)
sed -e "s/@VERSION@/$version/" -e "s/@ARCH@/$arch/" -e "s/@SIZE@/$size/" \
  -e "s/@PYTHONS@/Python ${pythons// / and }/" "$here/debian/control.in" > "$root/DEBIAN/control"
for script in postinst prerm postrm; do install -m 755 "$here/debian/$script" "$root/DEBIAN/$script"; done
(cd "$root" && find usr etc -type f -print0 2>/dev/null | sort -z | xargs -0 md5sum) > "$root/DEBIAN/md5sums"
chmod -R u+rwX,go+rX,go-w "$root"

package=$out/backrun_${version}_$arch.deb
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$top" log -1 --format=%ct 2>/dev/null || echo 0)} \
  dpkg-deb --root-owner-group -Zzstd -z9 --build "$root" "$package.new" >&2
mv "$package.new" "$package"
say "$(du -h "$package" | cut -f1) packed, $((size / 1024)) MB installed"
echo "$package"
