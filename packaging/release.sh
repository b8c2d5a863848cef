#!/usr/bin/env bash
# Makes the files of a release in dist/, and tests them: the sdist, the wheel, their checksums. On Debian 12 as root, with
# debootstrap and patchelf.
#   bash packaging/release.sh FOLDER        FOLDER is where the wheel is built (packaging/old_debian.sh), some 3 GB
set -euo pipefail
folder=$(realpath "$1")
cd "$(dirname "$0")/.."

version=$(sed -n 's/^project(replearn VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
for file in python/src/replearn/_version.py packaging/conda/recipe.yaml \
  packaging/spack/spack_repo/replearn/packages/replearn/package.py; do
  grep -q "\"$version\"" "$file" || { echo "$file is not of version $version" >&2; exit 1; }
done
grep -q "^## $version" CHANGELOG.md || { echo "CHANGELOG.md does not have version $version" >&2; exit 1; }
[ -z "$(git status --porcelain)" ] || { echo "there are changes that are not committed" >&2; exit 1; }

bash tests/run.sh
rm -rf dist && mkdir dist
[ -x build/release_python/bin/python ] || /usr/bin/python3 -m venv build/release_python
build/release_python/bin/pip install --quiet --disable-pip-version-check build
git rev-parse --short=12 HEAD >COMMIT
build/release_python/bin/python -m build --sdist -o dist . && rm COMMIT
bash packaging/old_debian.sh "$folder"
cp "$folder"/root/root/dist/replearn-"$version"-*.whl dist/

bash packaging/test_wheel.sh dist/replearn-"$version"-*.whl
bash packaging/test_wheel.sh dist/replearn-"$version".tar.gz
(cd dist && sha256sum ./*)
