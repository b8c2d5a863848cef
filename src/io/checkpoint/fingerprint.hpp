#pragma once
#include <string>
#include <vector>

namespace replearn::io {

/// The files read for an input matrix: the file itself; for a 10x folder or its .mtx file, the matrix and the tables of
/// its rows and columns; for any other folder, all files in it. Sorted. One process.
std::vector<std::string> matrix_files(const std::string& path);

/// Identifies each input file for later runs of the job by its contents: "5,000 bytes, XXH3 0123456789abcdef",
/// regardless of name and time. If the files exceed 1 GB in total, files above 2 MB are sampled (512 pieces of 4 kB)
/// and their modification time and inode are added. One process; reads at most 1 GB.
std::vector<std::string> file_contents(const std::vector<std::string>& paths);

}  // namespace replearn::io
