#!/bin/bash
# Turn Raspberry Pi OS (Bookworm or Trixie, 64 bit) on a Zero 2 W into the device.
#   sudo firmware/install.sh [--dry-run] [--boot-only] [--deb FILE]     install, or bring up to date
#   sudo firmware/install.sh --uninstall [--dry-run]                    take it away; sessions stay
# --dry-run    say what would be done, change nothing
# --boot-only  only config.txt, cmdline.txt and the serial console; the package is there already
# --deb FILE   install this package instead of building one for the Python of this system
# --root DIR   work on the files below DIR, start no program (for tests and image builders)
# Each step says what it changes and why. config.txt and cmdline.txt are kept beside themselves as
# *.before-backrun. Doing it twice changes nothing.
# Exit status: 0 done, 1 failed, 2 wrong use, 3 this is no board it knows.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
begin='# backrun begin' end='# backrun end'
units=(backrun.service backrun-usb.service backrun-drive.service backrun-session.path
  backrun-power-off.path)
dry='' boot_only='' uninstall='' deb='' root=''

usage() { sed -n '3,9s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2; }
say() { echo "install: $*"; }
refuse() { echo "install: refused: $*" >&2; exit 3; }

while [ $# -gt 0 ]; do
  case $1 in
    --dry-run) dry=1; shift ;;
    --boot-only) boot_only=1; shift ;;
    --uninstall) uninstall=1; shift ;;
    --deb)  # with its whole path: apt takes a bare name for a package of its archive
      deb=$(realpath -e "${2:-}") || { echo "install: there is no package ${2:-}" >&2; exit 2; }
      shift 2 ;;
    --root) root=${2:-}; [ -n "$root" ] || usage; shift 2 ;;
    *) usage ;;
  esac
done
boot=$root/boot/firmware
config=$boot/config.txt cmdline=$boot/cmdline.txt
removed=$root/etc/backrun/cmdline-removed   # what was taken out of cmdline.txt, to put it back
bluetooth=$root/etc/backrun/hciuart-was-on  # Bluetooth's service was on before we came

run() {  # a command of the system
  if [ -n "$dry" ]; then say "would run: $*"; elif [ -n "$root" ]; then :; else "$@"; fi
}

write() {  # FILE: take stdin as its new content, by rename; nothing when it is the same
  local file=$1 new
  new=$(mktemp)
  cat > "$new"
  if cmp -s "$new" "$file"; then
    :
  elif [ -n "$dry" ]; then
    say "would change $file:"
    diff -u "$file" "$new" | sed 's/^/    /' || true
  else
    mkdir -p "$(dirname "$file")"
    if [ -e "$file" ] && [ ! -e "$file.before-backrun" ]; then
      cp -p "$file" "$file.before-backrun"
    fi
    cat "$new" > "$file.new"
    sync "$file.new"
    mv "$file.new" "$file"
    say "changed $file"
  fi
  rm -f "$new"
}

check_board() {
  local model codename machine
  # an image that is being built for a board has none to ask: BACKRUN_MODEL names it
  model=${BACKRUN_MODEL:-$(tr -d '\0' 2>/dev/null < "$root/proc/device-tree/model" || true)}
  case $model in
    'Raspberry Pi Zero 2 W'*) ;;
    'Raspberry Pi'*) refuse "$model: pins and USB were only worked out for the Raspberry Pi Zero 2 W" ;;
    '') refuse "this is no Raspberry Pi (no /proc/device-tree/model); on a PC use make demo" ;;
    *) refuse "$model is not a board this script knows" ;;
  esac
  codename=$(sed -nE 's/^VERSION_CODENAME="?([a-z]+)"?$/\1/p' "$root/etc/os-release" 2>/dev/null || true)
  case $codename in
    bookworm|trixie) ;;
    *) refuse "Raspberry Pi OS ${codename:-of unknown release}: it must be Bookworm or Trixie" ;;
  esac
  machine=${BACKRUN_MACHINE:-$(dpkg --print-architecture 2>/dev/null || uname -m)}
  case $machine in
    arm64|aarch64) ;;
    *) refuse "$machine: the 64 bit system is needed (numpy and osmium have no 32 bit wheels)" ;;
  esac
  if [ ! -f "$config" ] || [ ! -f "$cmdline" ]; then
    refuse "$config or $cmdline is missing: is the boot partition mounted?"
  fi
  if [ -z "$root$dry" ] && [ "$(id -u)" != 0 ]; then
    echo "install: run it with sudo (or add --dry-run)" >&2; exit 1
  fi
  say "board: $model, $codename, $machine"
}

# config.txt without what was written here: a line of the block goes only when it is one of ours,
# so that what somebody wrote into it, or behind a block whose end is gone, stays
without_block() {
  awk -v begin="$begin" -v end="$end" '
    { line = $0; sub(/\r$/, "", line) }
    FNR == NR { if (index(line, begin) == 1) own = 1
                if (own && line != "") ours[line] = 1
                next }
    index(line, begin) == 1 { inside = 1; next }
    inside && index(line, end) == 1 { inside = 0; next }
    inside && (line in ours) { next }
    { print }' "$here/config.txt" "$config"   # a last line without an end gets one
}

add_boot_config() {
  say "config.txt: I2C at 400 kHz, the full UART for the GPS (Bluetooth off), USB as a device,"
  say "  motor pin low from power-on, outputs released when a process dies, watchdog on"
  {
    without_block
    sed -n "/^$begin/,/^$end/p" "$here/config.txt"
  } | write "$config"
}

free_serial_line() {
  say "cmdline.txt: no console on the serial line (the GPS talks there), no g_ether (it claims USB)"
  local words=() taken=() word old
  read -r -a old < "$cmdline" || true
  for word in "${old[@]}"; do
    case $word in
      console=serial0,*|console=ttyAMA0,*|console=ttyS0,*) taken+=("$word") ;;
      modules-load=*g_ether*) taken+=("$word") ;;
      *) words+=("$word") ;;
    esac
  done
  if [ ${#taken[@]} -gt 0 ]; then
    # A second install takes out what came back since; what the first one took is not forgotten
    if [ -f "$removed" ]; then read -r -a old < "$removed" || true; taken=("${old[@]}" "${taken[@]}"); fi
    printf '%s\n' "${taken[*]}" | write "$removed"
  fi
  printf '%s\n' "${words[*]}" | write "$cmdline"
  run systemctl mask --quiet serial-getty@ttyAMA0.service serial-getty@serial0.service
  if [ -z "$root" ] && systemctl is-enabled --quiet hciuart.service 2>/dev/null; then
    say "Bluetooth's service off: its UART is the GPS's now"
    echo 'enabled before install.sh' | write "$bluetooth"
    run systemctl disable --quiet hciuart.service
  fi
}

install_package() {
  if [ -z "$deb" ]; then
    say "building the package for this system's Python (wheels, nothing is compiled)"
    run apt-get install -y --no-install-recommends python3-pip python3-venv dpkg-dev
    if [ -z "$root$dry" ]; then
      deb=$(PYTHON=/usr/bin/python3 "$here/build-deb.sh" --out "$here/../dist" --python \
        "$(/usr/bin/python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')" | tail -n 1)
    fi
  fi
  say "package: user backrun, units, udev rules, the program below /usr/lib/backrun"
  run apt-get install -y --reinstall "${deb:-dist/backrun.deb}"
}

put_back() {
  say "config.txt: our block goes, the rest stays as it is"
  without_block | write "$config"
  if [ -e "$removed" ]; then
    say "cmdline.txt: back come $(cat "$removed")"
    { printf '%s %s\n' "$(head -n 1 "$cmdline")" "$(cat "$removed")"; } | write "$cmdline"
    if [ -z "$dry" ]; then rm -f "$removed"; fi
  fi
  run systemctl unmask --quiet serial-getty@ttyAMA0.service serial-getty@serial0.service
  if [ -e "$bluetooth" ]; then
    run systemctl enable --quiet hciuart.service
    if [ -z "$dry" ]; then rm -f "$bluetooth"; fi
  fi
}

check_board
if [ -n "$uninstall" ]; then
  run systemctl disable --now --quiet "${units[@]}" || true
  put_back
  run apt-get remove -y backrun
  say "sessions stay in /var/lib/backrun, settings in /etc/backrun: remove them by hand"
else
  if [ -z "$boot_only" ]; then install_package; fi
  add_boot_config
  free_serial_line
  say "reboot now; then: backrun selftest"
fi
if [ -n "$dry" ]; then say "dry run: nothing was changed"; fi
