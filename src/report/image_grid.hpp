#pragma once
#include <string>
#include <vector>

#include "base/index.hpp"

namespace replearn::report {

/// Small gray images, in rows under each other, each row with its name: originals above what was made of them.
struct ImageGrid {
  std::string title;
  struct Row {
    std::string name;
    std::vector<std::vector<float>> images;  ///< each width * height numbers, from the upper left
  };
  std::vector<Row> rows;
  Index width = 1, height = 1;  ///< of an image, in pixels
  float low = 0, high = 1;      ///< white and black; beyond is clipped
};

/// Writes the picture; the format follows the suffix: .png, .svg or .pdf. One rank. Throws InputError for another
/// suffix, SystemError when the file cannot be written.
void write_image_grid(const std::string& path, const ImageGrid& grid, double dots_per_inch = 150);

}  // namespace replearn::report
