#pragma once
#include <string_view>

/// The sources of the page in page/, which the build copies into the program. Local.
namespace replearn::report {

/// The frame of the document, with a comment where each other part belongs: title, style, data, script.
std::string_view page_frame();
std::string_view page_style();
std::string_view page_script();

}  // namespace replearn::report
