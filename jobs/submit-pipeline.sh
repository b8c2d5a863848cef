#!/usr/bin/env bash
# The main job as a chain of jobs, each of its own size and time, each begun when the one before is done:
#   bash jobs/submit-pipeline.sh INPUT FOLDER [CONFIG] [sbatch options for all of them ...]
# writes FOLDER/pca.h5ad, neighbors.h5ad, sammon.h5ad, tsne.h5ad (each holds all before it) and pictures. With a CONFIG
# each step reads its section of it, and a section [preprocess] adds that step. A step that stops at its time limit
# requeues itself, and those after it wait; if one fails, those after it are cancelled.
set -euo pipefail
if [ $# -lt 2 ]; then sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 2; fi
jobs=$(cd "$(dirname "$0")" && pwd)
input=$1 folder=$2; shift 2
config=()
if [ $# -gt 0 ] && [[ $1 != -* ]]; then config=(--config "$1"); shift; fi
mkdir -p "$folder"

before=''
submit() { # STEP WORDS...
  local step=$1; shift
  before=$(sbatch --parsable ${before:+--dependency=afterok:$before --kill-on-invalid-dep=yes} --output="$folder/$step-%j.out" \
    "${options[@]}" "$jobs/$step.sbatch" "$@")
  echo "$step: job $before"
}
options=("$@")
steps=(pca neighbors sammon tsne)
if [ ${#config[@]} -gt 0 ] && grep -q '^\[preprocess\]' "${config[1]}"; then steps=(preprocess "${steps[@]}"); fi
for step in "${steps[@]}"; do
  submit "$step" "$input" "$folder/$step.h5ad" ${config[@]+"${config[@]}"}
  input=$folder/$step.h5ad
done
submit plot "$input" --folder "$folder" ${config[@]+"${config[@]}"}
