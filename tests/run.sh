#!/usr/bin/env bash
# Installs what the tests need, builds, runs every test. Arguments go to ctest: bash tests/run.sh -R tsne
set -euo pipefail
cd "$(dirname "$0")/.."

bash jobs/install_packages.sh tests

# Today's anndata, to read what we write; Debian's 0.8 does so too. Without PyPI its tests are left out, and it is said.
today=build/python_today
if ! "$today/bin/python" -c 'import anndata' 2>/dev/null; then
  mkdir -p build && /usr/bin/python3 -m venv "$today"
  "$today/bin/pip" install --quiet --disable-pip-version-check 'anndata==0.12.*' ||
    echo "tests/run.sh: PyPI was not reached; the tests with today's anndata are left out"
fi
options=()
"$today/bin/python" -c 'import anndata' 2>/dev/null && options+=("-DREPLEARN_PYTHON_TODAY=$PWD/$today/bin/python")

cmake --preset dev "${options[@]}" >/dev/null
cmake --build --preset dev
ctest --preset dev -j "$(nproc)" --no-tests=error "$@" || failed=$?

# The readers, parsers and damaged files once more under the address and undefined-behavior sanitizers.
if [ $# -eq 0 ]; then
  cmake --preset sanitize >/dev/null
  cmake --build --preset sanitize --target sanitized
  ctest --preset sanitize -L sanitized -j "$(nproc)" --no-tests=error || failed=$?
fi

# What could not be tried here is said last, where it is seen.
if grep -q '^SKIPPED' build/dev/Testing/Temporary/LastTest.log; then
  echo "tests/run.sh: NOT TESTED on this machine:"
  grep '^SKIPPED' build/dev/Testing/Temporary/LastTest.log
fi
exit "${failed:-0}"
