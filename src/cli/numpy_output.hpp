#pragma once
#include <string>
#include <vector>

namespace replearn::cli {

/// Allowed endings of a verb's output (.h5ad, or a NumPy file of the result only), and its help.
std::vector<std::string> output_endings(const std::string& verb);
std::string output_help(const std::string& verb);

}  // namespace replearn::cli
