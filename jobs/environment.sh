# The one file a site edits: how to find MPI and HDF5, and how ranks are started here. Sourced by every script in jobs/.

# On a cluster, load the site's modules, for example:
#   module load gcc openmpi hdf5-mpi

# How many ranks a job takes when no scheduler says so: one a core.
REPLEARN_RANKS=${REPLEARN_RANKS:-$(nproc)}

# Lustre and NFS often refuse HDF5's file locks; replearn never has two writers on one file.
export HDF5_USE_FILE_LOCKING=${HDF5_USE_FILE_LOCKING:-FALSE}

# Open MPI refuses to run as root unless told; containers and fresh machines often have nobody else.
if [ "$(id -u)" = 0 ]; then
  export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
fi
