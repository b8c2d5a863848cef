#pragma once
#include <string>
#include <vector>

namespace replearn::app {

/// Allowed extensions of a verb's output (.h5ad, or a NumPy file of the result only), and its help.
std::vector<std::string> output_extensions(const std::string& verb);
std::string output_help(const std::string& verb);

}  // namespace replearn::app
