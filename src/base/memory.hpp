#pragma once

namespace replearn {

/// Memory available on this node in bytes: the smallest of Linux's MemAvailable, the remainder of a control group's
/// limit (containers, SLURM), of the SLURM job's memory per node, and of limit_memory. Infinite if none is known.
double available_memory_bytes();

/// Memory of this node in bytes that its programs can have at most: the smallest of the installed memory, the limit of a
/// control group, and the SLURM job's memory per node. Infinite if none is known.
double physical_memory_bytes();

/// Resident memory of this process in bytes (Linux); 0 if unknown.
double resident_memory_bytes();

/// Limits the memory of all `processes` of this program on this node together, of which each is taken to hold as much
/// as this one. bytes 0: no limit but that of the SLURM job.
void limit_memory(double bytes, int processes);

}  // namespace replearn
