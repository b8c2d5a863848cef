#pragma once

namespace replearn {

/// Makes OpenBLAS allocate its work buffer now. Otherwise it does so at the first product, and retries forever if a
/// limited address space (ulimit -v, a batch system's virtual memory limit) is exhausted. Throws SystemError if there
/// is no room for the buffer. Local; under a millisecond.
void reserve_blas_memory();

}  // namespace replearn
