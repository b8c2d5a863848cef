#pragma once
#include <string>
#include <vector>

namespace replearn::cli {

/// What a verb's output may end in (.h5ad, and a NumPy file of its result alone), and its help.
std::vector<std::string> output_endings(const std::string& verb);
std::string output_help(const std::string& verb);

}  // namespace replearn::cli
