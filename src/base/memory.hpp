#pragma once

namespace replearn {

/// Memory available on this node in bytes: Linux's MemAvailable, or the remainder of a control group's limit (SLURM,
/// containers) if smaller. Infinite if neither can be read.
double available_memory_bytes();

}  // namespace replearn
