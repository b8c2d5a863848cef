#!/bin/sh
# session_folder.sh hold|release: keeps Open MPI's session folder of this user from vanishing between two mpiruns.
folder="${TMPDIR:-/tmp}/ompi.$(hostname -s).$(id -u)"
case $1 in
hold) mkdir -p "$folder/held-by-tests" && chmod 700 "$folder" ;;
release) rmdir "$folder/held-by-tests" "$folder" 2>/dev/null || : ;;
esac
