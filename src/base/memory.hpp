#pragma once

namespace replearn {

/// Bytes that this node can still give to processes: what Linux holds for available (MemAvailable), or what is left of
/// a control group's limit (SLURM, containers) where that is less. Infinite where neither can be read.
double available_memory_bytes();

}  // namespace replearn
