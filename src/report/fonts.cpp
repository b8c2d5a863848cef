#include "report/fonts.hpp"

#include <fontconfig/fontconfig.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace replearn::report {
namespace {

/// Returns true, to be called once.
bool add_fonts_beside_program() {
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  const auto fonts = program.parent_path().parent_path() / "share" / "replearn" / "fonts";
  if (error || !std::filesystem::is_directory(fonts, error)) return true;
  // A node without fontconfig has no configuration either.
  if (!std::filesystem::exists("/etc/fonts/fonts.conf", error) && std::filesystem::exists(fonts / "fonts.conf", error)) {
    setenv("FONTCONFIG_FILE", (fonts / "fonts.conf").c_str(), 0);
  }
  FcConfigAppFontAddDir(nullptr, reinterpret_cast<const FcChar8*>(fonts.c_str()));
  return true;
}

}  // namespace

void add_installed_fonts() {
  [[maybe_unused]] static const bool added = add_fonts_beside_program();
}

bool has_fonts() {
  add_installed_fonts();
  FcPattern* const any = FcPatternCreate();
  FcObjectSet* const family = FcObjectSetBuild(FC_FAMILY, nullptr);
  FcFontSet* const fonts = FcFontList(nullptr, any, family);
  const bool found = fonts && fonts->nfont > 0;
  if (fonts) FcFontSetDestroy(fonts);
  FcObjectSetDestroy(family);
  FcPatternDestroy(any);
  return found;
}

}  // namespace replearn::report
