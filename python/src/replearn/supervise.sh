#!/bin/sh
# Runs one job: supervise.sh FOLDER attached|detached COMMAND...
#
# Started before the input is written; waits for the line "go" on standard input, a pipe that Python holds open. If
# Python ends, the pipe closes: before "go" the folder is removed; afterwards an attached job is ended and its folder
# removed, while a detached job goes on. So nothing is left behind however Python ends. SIGTERM and SIGUSR1 are passed
# on.
folder=$1 mode=$2
shift 2
clean_up() { rm -rf "$folder" "/dev/shm/${folder##*/}.mpi"; }
read -r go || { clean_up; exit 0; }
exec 3<&0 </dev/null

"$@" >"$folder/stdout" 2>"$folder/log" 3<&- &
program=$!
trap 'kill -TERM $program 2>/dev/null' TERM
trap 'kill -USR1 $program 2>/dev/null' USR1

watcher=
if [ "$mode" = attached ]; then
  {
    read -r never <&3
    : >"$folder/abandoned"
    for signal in USR1 TERM TERM KILL; do
      kill -"$signal" $program 2>/dev/null || break
      sleep 2
    done
  } >/dev/null 2>&1 &
  watcher=$!
fi
exec 3<&-

wait $program
code=$?
while kill -0 $program 2>/dev/null; do # a signal interrupts wait, not the program
  wait $program
  code=$?
done
if [ -e "$folder/abandoned" ]; then
  clean_up
  exit 0
fi
[ -z "$watcher" ] || kill $watcher 2>/dev/null
echo $code >"$folder/exit_code.part" && mv "$folder/exit_code.part" "$folder/exit_code"
exit $code
