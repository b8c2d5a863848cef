# The one file that a site edits: where MPI and HDF5 are, and how ranks are started. Sourced by every script in jobs/.
# Variables that are already set keep their values.

# --- Where the program and its libraries are. Choose one of the following.

# Modules, for example:
#   module load gcc openmpi hdf5-mpi openblas
# Spack:
#   . /path/to/spack/share/spack/setup-env.sh && spack load replearn
# A container (jobs/replearn.def); give the command that runs a program inside it:
#   REPLEARN_CONTAINER="apptainer exec /path/to/replearn.sif"
REPLEARN_CONTAINER=${REPLEARN_CONTAINER:-}

# The program: the build in this repository if there is one, otherwise the one in PATH.
if [ -z "${REPLEARN:-}" ]; then
  REPLEARN=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/build/release/src/cli/replearn
  { [ -z "$REPLEARN_CONTAINER" ] && [ -x "$REPLEARN" ]; } || REPLEARN=replearn
fi

# --- How ranks are started.

# srun (through PMIx) or mpirun. If empty: srun if SLURM supports PMIx, otherwise mpirun.
REPLEARN_LAUNCHER=${REPLEARN_LAUNCHER:-}

# Number of ranks if no scheduler sets it: one per core.
REPLEARN_RANKS=${REPLEARN_RANKS:-$(nproc)}

# Number of consecutive stops without a newer checkpoint after which a job no longer requeues itself.
REPLEARN_FRUITLESS=${REPLEARN_FRUITLESS:-3}

# --- Settings of Open MPI and HDF5.

# Lustre and NFS often refuse HDF5's file locks; replearn never has two writers on one file.
export HDF5_USE_FILE_LOCKING=${HDF5_USE_FILE_LOCKING:-FALSE}

# A node that no longer responds, for example after a silent loss of its link, is detected after 10 + 3 * 5 s. By
# default mpirun waits for it for eight minutes.
export OMPI_MCA_oob_tcp_keepalive_time=${OMPI_MCA_oob_tcp_keepalive_time:-10}
export OMPI_MCA_oob_tcp_keepalive_intvl=${OMPI_MCA_oob_tcp_keepalive_intvl:-5}
export OMPI_MCA_oob_tcp_keepalive_probes=${OMPI_MCA_oob_tcp_keepalive_probes:-3}

# Seconds that mpirun, terminated by SIGTERM (a canceled job), grants ranks for their last step and checkpoint before it
# kills them; the default is 1. It also waits this long when ranks exit with a code other than 0. (srun does neither.)
export OMPI_MCA_odls_base_sigkill_timeout=${OMPI_MCA_odls_base_sigkill_timeout:-5}

# Open MPI refuses to run as root by default; in containers and on fresh machines root is often the only user.
if [ "$(id -u)" = 0 ]; then
  export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
fi
