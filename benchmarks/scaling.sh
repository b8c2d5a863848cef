#!/usr/bin/env bash
# Strong and weak scaling of each method, and a model fitted to it that predicts larger numbers of ranks.
#   bash benchmarks/scaling.sh [--ranks 1,2,4,8] [--methods tsne,neighbors,pca] [--repeats 3] [--folder results/scaling]
# Needs the release build, python3-anndata and, for the pictures, python3-matplotlib. Under SLURM: jobs/scaling.sbatch.
set -euo pipefail
cd "$(dirname "$0")/.."
source jobs/job.sh
choose_launcher
export REPLEARN_LAUNCH="${launch[*]}"
python=/usr/bin/python3 # the system's Python, which has python3-anndata
[ -x $python ] || python=python3
exec "$python" -B benchmarks/scaling/run.py "$@"
