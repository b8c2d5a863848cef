#!/usr/bin/env bash
# The pipeline as a chain of jobs with separate time limits; each starts when the previous one has completed.
#   bash jobs/submit-pipeline.sh INPUT FOLDER [CONFIG] [--STEP.OPTION VALUE ...] [sbatch options for all jobs ...]
# Writes FOLDER/pca.h5ad, neighbors.h5ad, sammon.h5ad, tsne.h5ad (each includes the results before it) and plots. Each
# step reads its section of CONFIG; a section [preprocess] adds that step. --tsne.perplexity 50 or --plot.color=leiden
# is passed to the step of that name, as with replearn run. A step that reaches its time limit requeues itself while
# later steps wait; if a step fails, later steps are canceled.
set -euo pipefail
if [ $# -lt 2 ]; then sed -n '2,9s/^# \{0,1\}//p' "$0"; exit 2; fi
jobs=$(cd "$(dirname "$0")" && pwd)
input=$1 folder=$2; shift 2
config=()
if [ $# -gt 0 ] && [[ $1 != -* ]]; then config=(--config "$1"); shift; fi
mkdir -p "$folder"

before=''
submit() { # STEP ARGUMENTS...
  local step=$1; shift
  before=$(sbatch --parsable ${before:+--dependency=afterok:$before --kill-on-invalid-dep=yes} --output="$folder/$step-%j.out" \
    ${options[@]+"${options[@]}"} "$jobs/$step.sbatch" "$@")
  echo "$step: job $before"
}
steps=(pca neighbors sammon tsne)
if [ ${#config[@]} -gt 0 ] && grep -q '^\[preprocess\]' "${config[1]}"; then steps=(preprocess "${steps[@]}"); fi
options=()
declare -A words=() # per step, one argument per line
while [ $# -gt 0 ]; do
  if [[ $1 =~ ^--(preprocess|pca|neighbors|sammon|tsne|plot)\.(.+)$ ]]; then
    step=${BASH_REMATCH[1]}
    words[$step]+="--${BASH_REMATCH[2]}"$'\n'
    if [[ $1 != *=* ]] && [ $# -gt 1 ] && [[ $2 != -* ]]; then words[$step]+="$2"$'\n'; shift; fi
    if [ "$step" = preprocess ] && [ "${steps[0]}" != preprocess ]; then steps=(preprocess "${steps[@]}"); fi
  else
    options+=("$1")
  fi
  shift
done
submit_step() { # STEP ARGUMENTS..., adds those given on the command line
  local own=()
  mapfile -t own <<<"${words[$1]:-}"
  if [ -z "${own[-1]}" ]; then unset 'own[-1]'; fi
  submit "$@" ${config[@]+"${config[@]}"} ${own[@]+"${own[@]}"}
}
for step in "${steps[@]}"; do
  submit_step "$step" "$input" "$folder/$step.h5ad"
  input=$folder/$step.h5ad
done
submit_step plot "$input" --folder "$folder"
