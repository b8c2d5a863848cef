#!/usr/bin/env bash
# Installs the test dependencies, builds, runs all tests. Arguments are passed to ctest: bash tests/run.sh -R tsne
set -euo pipefail
cd "$(dirname "$0")/.."

bash jobs/install_packages.sh tests

# The current anndata reads the output, as does Debian's 0.8; the Python package is tested against scanpy, scikit-learn
# and gensim; the guide is built with MkDocs. If PyPI is unreachable, a message says what is skipped.
today=build/python_today
if ! "$today/bin/python" -c 'import anndata, gensim, latex2mathml, material, mypy, pytest, ruff, scanpy, sklearn, tqdm' 2>/dev/null; then
  mkdir -p build && /usr/bin/python3 -m venv "$today"
  "$today/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: 'anndata==0.12.*' 'scanpy==1.11.*' \
    'scikit-learn==1.9.*' 'gensim==4.4.*' tqdm 'pytest==9.*' 'mypy==2.4.*' 'ruff==0.17.*' \
    -r docs/requirements.txt ||
    echo "tests/run.sh: PyPI is unreachable; tests with current Python packages are skipped"
fi
options=()
"$today/bin/python" -c 'import anndata' 2>/dev/null && options+=("-DREPLEARN_PYTHON_TODAY=$PWD/$today/bin/python")

cmake --preset dev "${options[@]}" >/dev/null
cmake --build --preset dev
ctest --preset dev -j "$(nproc)" --no-tests=error "$@" || failed=$?

# Readers, parsers and damaged files again, with AddressSanitizer and UndefinedBehaviorSanitizer.
if [ $# -eq 0 ]; then
  cmake --preset sanitize >/dev/null
  cmake --build --preset sanitize --target sanitized
  ctest --preset sanitize -L sanitized -j "$(nproc)" --no-tests=error || failed=$?
fi

# Lists skipped tests at the end, where they are noticed.
if grep -q '^SKIPPED' build/dev/Testing/Temporary/LastTest.log; then
  echo "tests/run.sh: NOT TESTED on this machine:"
  grep '^SKIPPED' build/dev/Testing/Temporary/LastTest.log
fi
exit "${failed:-0}"
