# The one file a site edits: how to find MPI and HDF5, and how ranks are started here. Sourced by every script in jobs/.
# Whatever is set before it is sourced stays as it is.

# --- Where the program and its libraries come from: one of these.

# Modules, for example:
#   module load gcc openmpi hdf5-mpi openblas fftw
# Spack:
#   . /path/to/spack/share/spack/setup-env.sh && spack load replearn
# A container (jobs/replearn.def): its program is started by what stands here.
#   REPLEARN_CONTAINER="apptainer exec /path/to/replearn.sif"
REPLEARN_CONTAINER=${REPLEARN_CONTAINER:-}

# The program: the one built beside this folder, else the one in PATH.
if [ -z "${REPLEARN:-}" ]; then
  REPLEARN=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/build/release/src/cli/replearn
  { [ -z "$REPLEARN_CONTAINER" ] && [ -x "$REPLEARN" ]; } || REPLEARN=replearn
fi

# --- How ranks are started.

# srun (through PMIx) or mpirun. Empty: srun where SLURM has PMIx, else mpirun.
REPLEARN_LAUNCHER=${REPLEARN_LAUNCHER:-}

# How many ranks a job takes when no scheduler says so: one a core.
REPLEARN_RANKS=${REPLEARN_RANKS:-$(nproc)}

# A job that is stopped and requeues itself so many times without getting anywhere gives up.
REPLEARN_FRUITLESS=${REPLEARN_FRUITLESS:-3}

# --- What Open MPI and HDF5 should be told.

# Lustre and NFS often refuse HDF5's file locks; replearn never has two writers on one file.
export HDF5_USE_FILE_LOCKING=${HDF5_USE_FILE_LOCKING:-FALSE}

# A node that no longer answers (its link is gone, but no one says so) is noticed after 10 + 3 * 5 s; by default mpirun
# waits for it for eight minutes.
export OMPI_MCA_oob_tcp_keepalive_time=${OMPI_MCA_oob_tcp_keepalive_time:-10}
export OMPI_MCA_oob_tcp_keepalive_intvl=${OMPI_MCA_oob_tcp_keepalive_intvl:-5}
export OMPI_MCA_oob_tcp_keepalive_probes=${OMPI_MCA_oob_tcp_keepalive_probes:-3}

# mpirun, told to end by TERM (a canceled job), gives ranks this many seconds for their last step and checkpoint before
# it kills them; by default one. It waits as long whenever ranks leave with a code other than 0. (srun does neither.)
export OMPI_MCA_odls_base_sigkill_timeout=${OMPI_MCA_odls_base_sigkill_timeout:-5}

# Open MPI refuses to run as root unless told; containers and fresh machines often have nobody else.
if [ "$(id -u)" = 0 ]; then
  export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
fi
