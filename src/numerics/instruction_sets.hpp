#pragma once
#include <string>

namespace replearn {

/// The instruction set for which all code but the kernels was compiled: the oldest processor that the program runs on.
std::string compiled_instruction_set();
/// The one for which Highway's kernels run on this processor.
std::string kernel_instruction_set();
/// Name, version and, for OpenBLAS, the kernels in use.
std::string blas_version();

}  // namespace replearn
