#pragma once

namespace replearn {

/// Has OpenBLAS take its work buffer now. It asks for it at its first product otherwise, and asks again for ever where
/// the address space is limited (ulimit -v, a batch system's virtual memory limit) and used up.
/// Throws SystemError if there is no room for the buffer. Local; under a millisecond.
void reserve_blas_memory();

}  // namespace replearn
