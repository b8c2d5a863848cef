#!/usr/bin/env bash
# Builds the guide into build/guide; a broken link or anchor is an error. Options of mkdocs build may follow.
# REPLEARN_PROGRAM: the program whose options are listed; otherwise that of build/release or build/dev.
# REPLEARN_GUIDE_PYTHON: a Python with the packages of requirements.txt; otherwise they are installed into build/guide_python.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ -z "${REPLEARN_PROGRAM:-}" ]; then
  for program in build/release/src/cli/replearn build/dev/src/cli/replearn "$(command -v replearn || true)"; do
    [ -x "$program" ] && REPLEARN_PROGRAM=$program && break
  done
fi
[ -n "${REPLEARN_PROGRAM:-}" ] || { echo "docs/build.sh: build the program first, or set REPLEARN_PROGRAM" >&2; exit 2; }
export REPLEARN_PROGRAM

python=${REPLEARN_GUIDE_PYTHON:-build/guide_python/bin/python}
if ! "$python" -c 'import latex2mathml, material, mkdocs' 2>/dev/null; then
  python=build/guide_python/bin/python
  mkdir -p build && /usr/bin/python3 -m venv build/guide_python
  "$python" -m pip install --quiet --disable-pip-version-check --only-binary :all: -r docs/requirements.txt
fi
PYTHONDONTWRITEBYTECODE=1 NO_MKDOCS_2_WARNING=1 exec "$python" -m mkdocs build --strict -f docs/mkdocs.yml "$@"
