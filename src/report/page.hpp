#pragma once
#include <string>
#include <utility>
#include <vector>

#include "data/annotations.hpp"

namespace replearn::report {

/// A map of the cells: two coordinates per cell.
struct PageMap {
  std::string key, title, x_label, y_label;  ///< "X_tsne", "t-SNE", "tSNE 1", "tSNE 2"
  std::vector<float> x, y;
};

/// Values to color by, one per cell: categories (if there are codes) or numbers, NaN where missing.
struct PageColumn {
  std::string name;
  Categorical categories = {};
  std::vector<std::string> colors = {};  ///< "#rrggbb" per category; empty: those of the figures
  std::vector<float> values = {};
  bool whole_numbers = false;  ///< the values are counts, and shown as such
};

/// A line of a chart: points, or bars of the histogram whose edges are x (one more than y); bars of a later series are
/// drawn over those of an earlier one.
struct PageSeries {
  std::string name;
  std::vector<double> x, y;
  std::vector<double> counts = {};  ///< of a two-dimensional histogram with the edges x and y, row by row of y
};

/// A part of the report: text, a table, or a chart of some series.
struct PageSection {
  enum class Kind { text, table, lines, bars, histogram, density };
  Kind kind = Kind::text;
  std::string chapter, title, note = {};
  std::vector<std::string> header = {};
  std::vector<std::vector<std::string>> rows = {};  ///< of a table
  std::string x_label = {}, y_label = {};
  std::vector<PageSeries> series = {};
  std::vector<std::pair<std::string, double>> marks = {};  ///< vertical lines in a chart: cuts of filters
  bool folded = false;                                     ///< closed until the reader opens it
};

/// What the page shows. All vectors over cells have one length.
struct Page {
  std::string title, version;
  long long cells = 0;  ///< in the data; more than names if these are a sample
  long long genes_in_data = 0;
  std::string color;  ///< name of the column or gene shown first; empty: the first column
  std::vector<std::string> names = {};
  std::vector<PageMap> maps = {};
  std::vector<PageColumn> columns = {};
  std::vector<PageColumn> genes = {};
  std::vector<PageSection> report = {};
};

/// Writes one HTML file that needs neither network nor server: linked maps and the report of the job. Coordinates and
/// numbers have 16 bits, genes 8, and all are compressed. Names may be any bytes; they never become markup. One process.
/// Throws InputError if the file cannot be created, SystemError if the disk fails. Takes about 1 s per million cells
/// and map, and twice the size of the file in memory.
void write_page(const std::string& path, const Page& page);

}  // namespace replearn::report
