#pragma once

namespace replearn::report {

/// Makes the fonts installed with the program (share/replearn/fonts beside bin/) known to fontconfig, for nodes without
/// fonts. Called before the first text; does nothing when called again. One process.
void add_installed_fonts();

/// Whether there is any font; without one, text in figures is boxes.
bool has_fonts();

}  // namespace replearn::report
