#pragma once
#include <string>
#include <vector>

#include "base/index.hpp"

namespace replearn::report {

/// Small grayscale images in named rows, e.g. originals above reconstructions.
struct ImageGrid {
  std::string title;
  struct Row {
    std::string name;
    std::vector<std::vector<float>> images;  ///< width * height numbers each, from the upper left
  };
  std::vector<Row> rows;
  Index width = 1, height = 1;  ///< of an image, in pixels
  float low = 0, high = 1;      ///< values shown as white and black; others are clipped
};

/// Writes the figure in the format given by the extension: .png, .svg or .pdf. One rank. Throws InputError for any
/// other extension, SystemError if the file cannot be written.
void write_image_grid(const std::string& path, const ImageGrid& grid, double dots_per_inch = 150);

}  // namespace replearn::report
