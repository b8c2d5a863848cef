/* What libstdc++ 12, linked statically, needs of glibc 2.36, and replearn of HDF5 1.10.7, for older ones. */
#include <stdint.h>
#include <stdlib.h>
#include <sys/random.h>

/* glibc 2.32: nonzero would let shared pointers count without atomic instructions. */
char __libc_single_threaded = 0;

/* glibc 2.36. */
uint32_t arc4random(void) {
  uint32_t value;
  if (getrandom(&value, sizeof value, 0) != sizeof value) abort();
  return value;
}

/* HDF5 1.10.7: older libraries take the choice from the environment, when they open their first file. */
int H5Pset_file_locking(int64_t list, _Bool use, _Bool ignore) {
  (void)list;
  (void)ignore;
  if (!use) setenv("HDF5_USE_FILE_LOCKING", "FALSE", 0);
  return 0;
}
