#pragma once
#include <string>
#include <vector>

namespace replearn::io {

/// The files that are read where an option names a matrix: the file itself; of a 10x folder, or the .mtx file of one,
/// the matrix and the tables of its rows and columns; of a folder of another kind, all files in it. Sorted. One
/// process.
std::vector<std::string> matrix_files(const std::string& path);

/// By which a later run of a job knows each of its input files again: "5,000 bytes, XXH3 0123456789abcdef", whatever
/// their names and times. Where they are more than 1 GB together, of those above 2 MB only 512 pieces of 4 kB, and
/// besides when they were last changed, and the inode. One process; reads 1 GB at most.
std::vector<std::string> file_contents(const std::vector<std::string>& paths);

}  // namespace replearn::io
