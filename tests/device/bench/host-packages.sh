#!/bin/bash
# Install what the virtual Pi needs on its host: Debian 12, amd64, root, network.
set -euo pipefail

packages=(
  qemu-system-x86 ipxe-qemu seabios                # the machine
  mmdebstrap arch-test busybox-static cpio         # its root and its initramfs
  kmod xz-utils zstd
  gcc-12 make cpp libc6-dev libelf1 libssl3 pahole # two kernel modules
  e2fsprogs dosfstools mtools                      # its card, and what is left of it after a power cut
)
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
