#!/usr/bin/env bash
# From a fresh machine to results: installs missing packages, builds, runs the pipeline on 700 blood cells on all cores.
set -euo pipefail
cd "$(dirname "$0")/.."
source jobs/environment.sh

bash jobs/install_packages.sh
[ -f build/release/build.ninja ] || cmake --preset release >/dev/null
cmake --build --preset release --target replearn

mkdir -p results
mpirun -n "$REPLEARN_RANKS" build/release/src/cli/replearn run --config config/quickstart.cfg

echo
echo "The results are in results/:"
ls -1 results/pbmc68k.h5ad results/pbmc68k.html results/*.png
