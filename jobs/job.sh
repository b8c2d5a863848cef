# Functions shared by the scripts in this folder, which source it, inside or outside a SLURM job.
set -uo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

say() { echo "[$(date '+%F %T')] $*"; }

# Sets the array `launch`: the command that starts the ranks of this allocation.
choose_launcher() {
  local how=$REPLEARN_LAUNCHER
  if [ -z "$how" ]; then
    how=mpirun
    if [ -n "${SLURM_JOB_ID:-}" ] && srun --mpi=list 2>&1 | grep -q pmix; then how=srun; fi
  fi
  case $how in
    # --kill-on-bad-exit: otherwise the other ranks wait for one that has died.
    srun) launch=(srun --mpi=pmix --kill-on-bad-exit=1) ;;
    mpirun) launch=(mpirun); [ -n "${SLURM_JOB_ID:-}" ] || launch+=(-n "$REPLEARN_RANKS") ;;
    *) echo "REPLEARN_LAUNCHER is '$how': choose srun or mpirun" >&2; exit 2 ;;
  esac
  # The scripts request a total number of tasks; --ntasks-per-node in addition is only an upper limit.
  if [ $((${SLURM_NTASKS_PER_NODE:-0} * ${SLURM_JOB_NUM_NODES:-0})) -gt "${SLURM_NTASKS:-0}" ]; then
    say "${SLURM_NTASKS_PER_NODE} ranks per node were requested, but the job has $SLURM_NTASKS in total: request the total with sbatch -n"
  fi
  read -ra container <<<"$REPLEARN_CONTAINER"
  launch+=(${container[@]+"${container[@]}"} "$REPLEARN")
}

# Prints the usage from the head of the calling script and exits with code 2.
usage() {
  echo "too few arguments. Usage, from the head of ${script:-the script}:" >&2
  sed -n '2,/^#SBATCH/{/^#SBATCH/d; s/^# \{0,1\}//p}' "${script:-/dev/null}" >&2
  exit 2
}

# plain_job VERB ARGUMENTS...: runs replearn VERB ARGUMENTS on all ranks.
plain_job() {
  if [ $# -lt 2 ]; then usage; fi
  choose_launcher
  say "${launch[*]} $*"
  "${launch[@]}" "$@"
}

# A checksum of the names, sizes and times of the checkpoints, which changes if a job has made progress.
progress_of() { ls -l --time-style=full-iso "$1"/*.h5 2>/dev/null | cksum; }

# long_job VERB INPUT OUTPUT ARGUMENTS...: the same for a verb that iterates, with checkpoints in OUTPUT.kept. Shortly
# before the time limit (USR1, by #SBATCH --signal), and whenever the exit code is 75, the job requeues itself.
long_job() {
  if [ $# -lt 3 ] || [[ $2 == -* ]] || [[ $3 == -* ]]; then usage; fi
  local verb=$1 input=$2 output=$3; shift 3
  local kept=${REPLEARN_CHECKPOINT:-$output.kept} note="$output.requeued" ending='' code=0 child fruitless=0 before now had
  choose_launcher
  say "${launch[*]} $verb --input $input --output $output --checkpoint $kept $* (start $((${SLURM_RESTART_COUNT:-0} + 1)))"
  "${launch[@]}" "$verb" --input "$input" --output "$output" --checkpoint "$kept" "$@" &
  child=$!
  trap 'say "received USR1, stopping"; kill -USR1 $child' USR1
  trap 'say "received TERM, ending"; ending=yes; had=$(progress_of "$kept"); kill -USR1 $child' TERM # scancel signals the ranks too; two signals within a second count as one
  wait $child; code=$?
  while kill -0 $child 2>/dev/null; do wait $child; code=$?; done # a signal interrupts wait, not the program
  trap - USR1 TERM

  # A terminated mpirun exits with its own code (1), even if its ranks have written a checkpoint in time.
  if [ -n "$ending" ] && [ $code != 0 ] && [ $code != 75 ]; then
    if [ "$(progress_of "$kept")" = "$had" ]; then
      say "ended before a new checkpoint was complete; an earlier one, if any, is still in $kept"
      return $code
    fi
    code=75
  fi
  if [ $code = 0 ]; then rm -f "$note"; fi
  if [ $code != 75 ]; then return $code; fi
  if [ -e "$kept/replearn.stop" ]; then say "stopped by $kept/replearn.stop; submit the same command again to resume"; return 75; fi
  if [ -n "$ending" ] || [ -z "${SLURM_JOB_ID:-}" ]; then say "stopped; run the same command again to resume"; return 75; fi

  now=$(progress_of "$kept")
  if [ -r "$note" ]; then { read -r fruitless; read -r before; } <"$note"; else before=''; fi
  if [ "$now" = "$before" ]; then fruitless=$((fruitless + 1)); else fruitless=0; fi
  printf '%s\n%s\n' "$fruitless" "$now" >"$note"
  if [ "$fruitless" -ge "$REPLEARN_FRUITLESS" ]; then
    say "stopped $fruitless times in a row without a newer checkpoint: giving up. Request more time or an earlier signal (--signal)"
    rm -f "$note"
    return 75
  fi
  say "requeued, to resume from the last checkpoint"
  scontrol requeue "$SLURM_JOB_ID"
  return 75
}
