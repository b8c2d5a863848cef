#!/usr/bin/env bash
# Installs missing packages on Debian 12.
#   bash jobs/install_packages.sh          packages for building and running
#   bash jobs/install_packages.sh tests    packages for the tests as well
set -euo pipefail

packages=(
  g++ cmake ninja-build pkg-config          # build tools
  openmpi-bin libopenmpi-dev                # MPI
  libhdf5-openmpi-dev liblzf-dev libzip-dev zlib1g-dev libdeflate-dev # files
  libxxhash-dev                             # checksums
  libeigen3-dev libopenblas-serial-dev      # linear algebra, one thread per rank
  libboost-program-options-dev              # the command line
  libutf8proc-dev libarchive-dev            # Unicode; bz2, xz and zst
  libfmt-dev nlohmann-json3-dev             # formatting; JSON
  librandom123-dev                          # counter-based random numbers
  libhwy-dev                                # SIMD, dispatched at run time
  libcairo2-dev libpango1.0-dev libfontconfig-dev fonts-dejavu-core # figures
)
if [ "${1:-}" = tests ]; then
  packages+=(libgtest-dev python3 python3-venv python3-anndata python3-gensim python3-h5py python3-scipy librsvg2-bin poppler-utils libxml2-utils zstd lz4 chromium-headless-shell
    munge slurmctld slurmd slurm-client openssh-server openssh-client iproute2) # emulated clusters on one machine
fi

missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
[ ${#missing[@]} = 0 ] && exit 0

echo "installing ${missing[*]}"
as_root=()
[ "$(id -u)" = 0 ] || as_root=(sudo)
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
