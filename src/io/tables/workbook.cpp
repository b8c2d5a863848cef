#include "io/tables/workbook.hpp"

#include <zip.h>

namespace replearn::io {

bool is_workbook(const std::string& path) {
  for (const char* extension : {".xlsx", ".xlsm", ".xlsb", ".ods"}) {
    if (path.ends_with(extension)) return true;
  }
  zip_t* const archive = zip_open(path.c_str(), ZIP_RDONLY, nullptr);
  if (!archive) return false;
  bool found = false;
  for (const char* part : {"xl/workbook.xml", "xl/workbook.bin", "content.xml"}) {
    found = found || zip_name_locate(archive, part, 0) >= 0;
  }
  zip_discard(archive);
  return found;
}

}  // namespace replearn::io
