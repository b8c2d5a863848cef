#pragma once
#include <string>

namespace replearn::io {

/// Whether a zip archive is a workbook of Excel or LibreOffice, by what is in it or, if it is damaged, by its name.
/// One rank.
bool is_workbook(const std::string& path);

}  // namespace replearn::io
