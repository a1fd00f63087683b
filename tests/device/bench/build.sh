#!/bin/bash
# Build the virtual Pi with the package installed, or find it in the cache; print its directory.
#   build.sh PACKAGE.deb      leaves vmlinuz, initramfs and root.ext4; progress goes to stderr
# A Debian 12 for amd64 on the newest 6.12 kernel of its archive, with gpio-sim, which Debian does not
# build, and with i2c-user, an I2C bus whose chips are a program. The package is installed by dpkg as on a Pi.
# Needs root, host-packages.sh, and the network (about 350 MB) when the cache is cold.
# BACKRUN_VM_CACHE   where the parts are kept, each under a key of what it was made of
set -euo pipefail
exec 3>&1 1>&2

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${BACKRUN_VM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/backrun-virtual-pi}
package=$(realpath "${1:?a Debian package for amd64}")
suite=bookworm
debian=systemd-sysv,udev,kmod,python3,dosfstools,mtools,tzdata
export PATH=$PATH:/usr/sbin:/sbin

say() { echo "virtual-pi: $*"; }
die() { say "$*"; exit 1; }
key() { sha256sum | cut -c1-12; }
# The text of a function, so that a changed step changes the key of what it made
recipe() { declare -f "$@"; }
candidate() { apt-cache policy "$1" 2>/dev/null | sed -n 's/^ *Candidate: //p' | grep -v '(none)' || true; }

newest_kernel() {
  local version
  for version in $(apt-cache pkgnames linux-image-6.12. \
      | sed -nE 's/^linux-image-(6\.12\.[0-9][^-]*(-[0-9]+)?-amd64)$/\1/p' | sort -rV); do
    if [ -n "$(candidate "linux-image-$version")" ]; then echo "$version"; return; fi
  done
  die "no kernel 6.12 in the package lists of this host"
}

download() {  # package name -> path of its .deb
  mkdir -p "$stage/deb"
  say "download $1" >&2
  (cd "$stage/deb" && apt-get -qq -o APT::Sandbox::User=root download "$1" >&2) || die "cannot download $1" >&2
  find "$stage/deb" -name "${1}_*.deb"
}
unpack() { dpkg-deb --fsys-tarfile "$1" | tar -x -C "$2" "${@:3}"; }

make_kernel() {  # directory
  local skip=() one
  for one in kernel/sound drivers/gpu drivers/media drivers/net/wireless drivers/net/ethernet drivers/infiniband \
      drivers/staging drivers/isdn net/bluetooth drivers/hid/hid- fs/xfs fs/btrfs fs/ocfs2; do
    skip+=(--exclude="*/$one*")
  done
  mkdir -p "$1"
  unpack "$(download "linux-image-$kernel")" "$1" "${skip[@]}" --exclude='./usr/share'
  mv "$1/boot/vmlinuz-$kernel" "$1/vmlinuz"
  if [ -d "$1/lib" ]; then mkdir -p "$1/usr"; mv "$1/lib" "$1/usr/lib"; fi
  rm -rf "$1/boot"
}

make_modules() {  # directory
  local headers=$stage/headers build=$stage/build top=linux-source-6.12 one
  mkdir -p "$headers" "$build" "$1"
  unpack "$(download "$top")" "$stage" --wildcards './usr/src/*.tar.*'
  tar -x -C "$build" --strip-components=3 -f "$(echo "$stage"/usr/src/*.tar.*)" \
    "$top"/drivers/gpio/{gpio-sim.c,gpiolib.h} "$top/kernel/irq/irq_sim.c"
  for one in "linux-headers-$kernel" $(apt-cache depends "linux-headers-$kernel" \
      | sed -nE 's/^ *Depends: (linux-(headers|kbuild)-[^:]*)$/\1/p'); do
    unpack "$(download "$one")" "$headers"   # unpacked, not installed: nothing changes on the host
  done
  headers=$headers/usr/src/linux-headers-$kernel
  sed -i "s|/usr/src/linux-headers|${headers%/*}/linux-headers|" "$headers/Makefile"
  cp "$here/kernel/i2c-user.c" "$build/"
  persist_outputs "$build"
  printf '%s\n' 'obj-m := gpio-sim-pi.o i2c-user.o' 'gpio-sim-pi-y := gpio-sim.o irq_sim.o' \
    'ccflags-y := -Wno-declaration-after-statement' > "$build/Kbuild"
  make -s -j2 -C "$headers" M="$build" modules
  for one in gpio-sim-pi i2c-user; do strip --strip-debug -o "$1/$one.ko" "$build/$one.ko"; done
}

# irq_to_desc() is not exported to modules; and Raspberry Pi kernels keep an output driven after its user has
# died (raspberrypi/linux, pinctrl-bcm2835), while gpio-sim resets it and hides a motor that is left running.
persist_outputs() {  # directory
  sed -i 's/handle_simple_irq(irq_to_desc(irqnum));/generic_handle_irq(irqnum);/' "$1/irq_sim.c"
  sed -i '/^static void gpio_sim_free(/,/^{/ s/^{$/{\n\treturn; \/\* as on a Pi \*\//' "$1/gpio-sim.c"
  if ! grep -q 'generic_handle_irq(irqnum);' "$1/irq_sim.c" || ! grep -q 'as on a Pi' "$1/gpio-sim.c"; then
    die "gpio-sim of this kernel looks different"
  fi
}

make_root() {  # file
  say "bootstrap $suite: $debian"
  mmdebstrap --quiet --arch=amd64 --variant=minbase --include="$debian" --aptopt='Acquire::Languages "none"' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' "$suite" "$1.tar"
  mv "$1.tar" "$1"
}

make_guest() {  # directory
  local tree=$stage/tree unit
  mkdir -p "$tree" "$1"
  say "install $(basename "$package")"
  tar -x -C "$tree" --numeric-owner -f "$root"
  cp -a "$kernel_dir/usr/lib/modules" "$tree/usr/lib/"
  install -D -m 644 -t "$tree/usr/lib/modules/$kernel/extra" "$modules"/*.ko
  depmod -b "$tree" "$kernel"
  cp "$package" "$tree/tmp/backrun.deb"
  unshare --mount sh -c 'mount -t proc proc "$1/proc" && exec chroot "$1" dpkg -i /tmp/backrun.deb' - "$tree"
  rm "$tree/tmp/backrun.deb"
  cp -a "$here/files/." "$tree/"
  chroot "$tree" systemctl enable -q virtual-pi.service
  for unit in serial-getty@ttyS0 getty@tty1 systemd-networkd-wait-online systemd-logind systemd-update-utmp; do
    ln -sf /dev/null "$tree/etc/systemd/system/$unit.service"
  done
  for unit in apt-daily apt-daily-upgrade dpkg-db-backup e2scrub_all fstrim systemd-tmpfiles-clean; do
    ln -sf /dev/null "$tree/etc/systemd/system/$unit.timer"
  done
  echo pi > "$tree/etc/hostname"
  echo 0123456789abcdef0123456789abcdef > "$tree/etc/machine-id"
  make_initramfs "$tree" "$1/initramfs"
  cp "$kernel_dir/vmlinuz" "$1/vmlinuz"
  mke2fs -q -t ext4 -O ^has_journal -L root -d "$tree" "$1/root.ext4" \
    "$(($(du -sm "$tree" | cut -f1) * 6 / 5 + 64))M" >/dev/null
}

# The root is read-only below a tmpfs: every start is the first one. Only the card remembers.
make_initramfs() {  # tree file
  local dir=$stage/initramfs n=0 line
  mkdir -p "$dir"/{bin,proc,sys,dev,modules,root}
  cp /bin/busybox "$dir/bin/busybox"
  for module in virtio_pci virtio_blk ext4 overlay; do modprobe -d "$1" -S "$kernel" --show-depends "$module"; done \
    | sed -n 's/^insmod \([^ ]*\).*/\1/p' | awk '!seen[$0]++' | while read -r line; do
      n=$((n + 1))
      module=$(printf '%s/modules/%02d-%s' "$dir" "$n" "$(basename "${line%.ko*}").ko")
      case $line in *.xz) xz -dc "$line" ;; *.zst) zstd -qdc "$line" ;; *) cat "$line" ;; esac > "$module"
    done
  cat > "$dir/init" <<'INIT'
#!/bin/busybox sh
b=/bin/busybox
$b mount -t proc proc /proc; $b mount -t sysfs sys /sys; $b mount -t devtmpfs dev /dev
for m in /modules/*.ko; do $b insmod "$m"; done
n=0; while [ ! -b /dev/vda ] && [ $n -lt 200 ]; do $b sleep 0.05; n=$((n + 1)); done
$b mkdir -p /lower /upper
$b mount -t ext4 -o ro /dev/vda /lower && $b mount -t tmpfs -o size=60% tmpfs /upper \
  && $b mkdir /upper/data /upper/work /upper/payload \
  && $b mount -t overlay -o lowerdir=/lower,upperdir=/upper/data,workdir=/upper/work overlay /root \
  || { echo "initramfs: no root"; $b poweroff -f; }
$b mkdir -p /root/payload && $b tar -x -C /root/payload -f /dev/vdb
for d in dev proc sys; do $b mount --move /$d /root/$d; done
exec $b switch_root /root /sbin/init
INIT
  chmod +x "$dir/init"
  (cd "$dir" && find . | cpio -o -H newc --quiet | gzip -1) > "$2"
}

cached() {  # path function: make it unless it is there; it appears whole or not at all
  if [ ! -e "$1" ]; then
    local begin=$SECONDS
    rm -rf "$1.part"
    "$2" "$1.part"
    mv "$1.part" "$1"
    say "$(basename "$1"): $((SECONDS - begin)) s"
  fi
}

for tool in mmdebstrap mke2fs cpio make gcc-12 pahole modprobe depmod strip xz zstd busybox; do
  command -v "$tool" >/dev/null || die "$tool is missing: host-packages.sh"
done
[ "$(id -u)" = 0 ] || die "it needs root"
mkdir -p "$cache"
exec 9>"$cache/.lock"
flock 9
stage=$(mktemp -d "$cache/.stage.XXXXXX")
trap 'rm -rf "$stage"' EXIT
kernel=$(newest_kernel)
root=$cache/root-$suite-$({ echo "$debian"; recipe make_root; } | key).tar
kernel_dir=$cache/kernel-$kernel-$(recipe make_kernel | key)
modules=$cache/modules-$kernel-$({ recipe make_modules persist_outputs; cat "$here/kernel/i2c-user.c"; } | key)
guest=$cache/guest-$({ echo "$root $kernel_dir $modules"; recipe make_guest make_initramfs
  cat "$package"; find "$here/files" -type f -exec cat {} +; } | key)
cached "$root" make_root
cached "$kernel_dir" make_kernel
cached "$modules" make_modules
if [ ! -e "$guest" ]; then
  rm -rf "$cache"/guest-*   # one is enough: the package changes with every commit
  cached "$guest" make_guest
fi
echo "$guest" >&3
