#!/bin/sh
# with_packages.sh PYTHON ARGUMENTS...: runs PYTHON ARGUMENTS if it has the packages of the tests, else skips the test.
python=$1
shift
if [ -z "$python" ] || ! "$python" -c 'import gensim, mypy, pytest, ruff, scanpy, sklearn, tqdm' 2>/dev/null; then
  echo "SKIPPED: the Python front: the packages that tests/run.sh installs from PyPI are missing"
  exit 77
fi
exec "$python" "$@"
