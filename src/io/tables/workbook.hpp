#pragma once
#include <string>

namespace replearn::io {

/// Whether a zip archive is an Excel or LibreOffice workbook, judging by its contents or, if damaged, by its name. One
/// rank.
bool is_workbook(const std::string& path);

}  // namespace replearn::io
