#pragma once
#include <optional>
#include <string>
#include <vector>

#include "app/workspace.hpp"
#include "cli/option_set.hpp"

/// Input and output files of the verbs on expression data: section [files].
namespace replearn::cli {

OptionSet input_options(app::FileSettings& files);  ///< for verbs without output file
OptionSet file_options(app::FileSettings& files);
/// file_options with another help and other extensions for --output.
OptionSet file_options(app::FileSettings& files, const std::string& output_help, std::vector<std::string> extensions);
/// Adds --output-content, for verbs that add results to those of the input.
void add_output_content(OptionSet& set, app::OutputContent& content);
/// Help on --compression auto for expression matrices.
extern const char* const compression_of_expression;
/// Adds --compression, for verbs that write an .h5ad. what_auto_does: help text.
void add_compression(OptionSet& set, std::optional<io::Compression>& compression,
                     const std::string& what_auto_does = compression_of_expression);

}  // namespace replearn::cli
