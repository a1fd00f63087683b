#!/bin/bash
# What must hold in a clean arm64 Debian root that has nothing but python3 and systemd.
#   inside.sh SUITE [PATTERN]   as root in the root; /src holds backrun.deb, tests, firmware, tools
# Only checks whose name has the PATTERN (of bash) are made; without one all are.
# Prints PASS or FAIL for each; exit status 1 when one failed.
# shellcheck disable=SC2016,SC2034,SC2317  # conditions are evaluated later, functions called by name
set -uo pipefail

suite=$1 wanted=${2:-.}
export DEBIAN_FRONTEND=noninteractive
version=$(dpkg-deb -f /src/backrun.deb Version)
failed=0

check() {  # NAME COMMAND...
  local name=$1 began=$SECONDS
  shift
  [[ $name =~ $wanted ]] || return 0
  if (set -e; "$@") > /tmp/said 2>&1; then
    echo "PASS $suite: $name ($((SECONDS - began)) s)"
  else
    echo "FAIL $suite: $name"
    tail -n 30 /tmp/said | sed 's/^/    /'
    failed=1
  fi
}
holds() { eval "$1" || { echo "not so: $1"; return 1; }; }

installs() {
  apt-get -qq update
  apt-get install -y -q --no-install-recommends /src/backrun.deb
  holds 'backrun --version | grep -qF "$version"'
  holds 'id -nG backrun | grep -qw gpio'
  holds 'id -nG backrun | grep -qw i2c'
  holds 'id -nG backrun | grep -qw dialout'
  holds '[ "$(stat -c %U:%a /var/lib/backrun)" = backrun:750 ]'
  holds 'systemctl is-enabled backrun.service backrun-drive.service backrun-session.path'
  holds 'python3 -I -c "import sys; sys.path.insert(0, sys.argv[1]); import lgpio; lgpio.SET_PULL_NONE" "$(packages)"'
}

packages() { python3 -c 'import sys; print("/usr/lib/backrun/python%d.%d" % sys.version_info[:2])'; }

selftest_names_what_is_missing() {  # a chroot has no pins, no bus, no receiver: all must be said
  local status=0
  backrun selftest --json > /tmp/parts || status=$?
  cat /tmp/parts
  holds "[ $status = 1 ]"
  holds 'grep -q "\"part\": \"IMU\", \"is_working\": false.*i2c_arm=on" /tmp/parts'
  holds 'grep -q "\"part\": \"GPS\", \"is_working\": false" /tmp/parts'
  holds 'grep -q "\"part\": \"motor\", \"is_working\": false.*gpio" /tmp/parts'
  holds 'grep -q "\"part\": \"card\", \"is_working\": true" /tmp/parts'
}

simulates() {
  printf 'duration_s = 30\n[[press]]\nat_s = 2\n[[script]]\ndo = "stand"\nfor_s = 10\n[[script]]\ndo = "walk_forward"\n' > /tmp/short.toml
  backrun simulate /tmp/short.toml --out /tmp/out > /tmp/summary
  cat /tmp/summary
  holds 'tail -n 1 /tmp/summary | grep -q "\"duration_s\""'
  holds '[ -s /tmp/out/drive/index.html ]'
}

silences_the_motor() {  # without pins it must say so in one line, not fall over
  local status=0
  /usr/lib/backrun/motor-off 2> /tmp/silent || status=$?
  cat /tmp/silent
  holds "[ $status = 1 ]"
  holds 'grep -q "^motor-off: GPIO18: " /tmp/silent'
  holds '[ "$(wc -l < /tmp/silent)" = 1 ]'
}

unit_tests() {  # ROOM...
  local room files=()
  cd /src
  for room in "$@"; do files+=(tests/unit/"$room"); done
  # CI: hypothesis then sets no deadline to an example; emulated, all of them are late
  CI=true PYTHONPATH=$(packages):/src/tools:/src python3 -m pytest -q -p no:cacheprovider -o addopts= \
    --assert=plain --import-mode=importlib -m 'not slow and not shared' "${files[@]}"
}

boot_files() {
  mkdir -p /boot/firmware
  printf '# mine\n[all]\ndtparam=audio=on\n' > /boot/firmware/config.txt
  printf 'console=serial0,115200 console=tty1 root=PARTUUID=ab rootwait\n' > /boot/firmware/cmdline.txt
  rm -f /boot/firmware/*.before-backrun
  sha256sum /boot/firmware/config.txt > /tmp/boot.sum
}

installer() { BACKRUN_MODEL=$1 /src/firmware/install.sh "${@:2}"; }
zero='Raspberry Pi Zero 2 W Rev 1.0'

refuses() {
  boot_files
  local status=0
  installer '' --dry-run || status=$?
  holds "[ $status = 3 ]"
  status=0
  installer 'Raspberry Pi 5 Model B Rev 1.0' --deb /src/backrun.deb || status=$?
  holds "[ $status = 3 ]"
  sha256sum -c /tmp/boot.sum
}

dry_run() {
  boot_files
  installer "$zero" --dry-run --deb /src/backrun.deb > /tmp/dry
  cat /tmp/dry
  sha256sum -c /tmp/boot.sum
  holds 'grep -q "would run: apt-get install" /tmp/dry'
  holds '[ ! -e /etc/systemd/system/serial-getty@ttyAMA0.service ]'
}

installer_works_twice() {
  boot_files
  installer "$zero" --deb /src/backrun.deb
  holds 'grep -q "^gpio=18=op,dl" /boot/firmware/config.txt'
  holds '! grep -q serial0 /boot/firmware/cmdline.txt'
  holds '[ "$(readlink /etc/systemd/system/serial-getty@ttyAMA0.service)" = /dev/null ]'
  sha256sum /boot/firmware/* > /tmp/after.sum
  installer "$zero" --deb /src/backrun.deb > /tmp/again
  cat /tmp/again
  sha256sum -c /tmp/after.sum
  holds '! grep -q "changed /boot" /tmp/again'
  backrun --version
}

image_recipe() {
  boot_files
  IGconf_backrun_deb=/src/backrun.deb sh -c "$(cat /src/image-hook.sh)" hook /
  holds 'grep -q "^dtoverlay=disable-bt" /boot/firmware/config.txt'
  holds '! grep -q serial0 /boot/firmware/cmdline.txt'
  holds 'systemctl is-enabled backrun.service'
}

uninstalls() {
  mkdir -p /var/lib/backrun/sessions/one
  echo kept > /var/lib/backrun/sessions/one/000.jsonl
  installer "$zero" --uninstall
  sha256sum -c /tmp/boot.sum
  holds 'grep -q "console=serial0,115200" /boot/firmware/cmdline.txt'
  holds '[ ! -e /usr/bin/backrun ]'
  holds '[ ! -e /usr/lib/backrun ]'
  holds '[ -e /var/lib/backrun/sessions/one/000.jsonl ]'
  holds '[ -e /etc/backrun/backrun.toml ]'
}

purges() {
  apt-get purge -y -q backrun
  find / -xdev \( -path /src -o -path /proc -o -path /tmp -o -path /var/log \) -prune \
    -o -name '*backrun*' -print | grep -v '/boot/firmware/.*before-backrun' > /tmp/left || true
  cat /tmp/left
  holds '[ "$(cat /tmp/left)" = /var/lib/backrun ]'
  holds '[ "$(ls -A /var/lib/backrun)" = sessions ]'
}

cd /tmp || exit 1
check 'apt installs it, user and units are there' installs
check 'selftest names what is missing and how to fix it' selftest_names_what_is_missing
check 'a session on the twin ends with a report' simulates
check 'motor-off says in one line what it could not do' silences_the_motor
# most tests of motion walk for minutes: too long under emulation
case $suite in
  # and stories that hypothesis invents say nothing about a processor: what does are bytes, bits, times
  bookworm) check 'unit tests of the rooms' unit_tests sensors/imu sensors/test_watch.py \
    sensors/gnss/test_{decode,reader,nmea_fields,setup}.py haptics record/test_{codec,writer}.py motion/test_attitude.py ;;
  # Python 3.13 is several times slower here than 3.11, most of all under hypothesis
  *) check 'unit tests of the IMU' unit_tests sensors/imu/test_mpu6050.py ;;
esac
check 'install.sh refuses other boards and changes nothing' refuses
check 'install.sh --dry-run changes nothing' dry_run
check 'install.sh works, and twice changes nothing more' installer_works_twice
check 'install.sh --uninstall puts the boot files back' uninstalls
check "the image recipe's hook installs it into a root" image_recipe
check 'a purge leaves recorded sessions and nothing else' purges
exit "$failed"
