#include "report/page.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/unicode.hpp"
#include "base/whole_file.hpp"
#include "report/page_data.hpp"
#include "report/page_sources.hpp"
#include "report/palette.hpp"

namespace replearn::report {
namespace {

/// The blobs of the page in order; an object of the JSON names a blob by its number.
class Blobs {
 public:
  std::size_t add(const std::string& bytes) {
    texts_.push_back(compressed_text(bytes));
    return texts_.size() - 1;
  }
  std::string html() const {
    std::string html;
    for (const auto& text : texts_) html += "<script type=\"text/plain\" class=\"blob\">" + text + "</script>\n";
    return html;
  }

 private:
  std::vector<std::string> texts_;
};

std::string listed_json(const std::vector<std::string>& elements) {
  std::string text = "[";
  for (const auto& element : elements) text += (text.size() > 1 ? "," : "") + element;
  return text + "]";
}

std::string strings_json(const std::vector<std::string>& texts) {
  std::vector<std::string> elements;
  for (const auto& text : texts) elements.push_back(json_string(text));
  return listed_json(elements);
}

std::string numbers_json(const std::vector<double>& numbers) {
  std::vector<std::string> elements;
  for (const double number : numbers) elements.push_back(json_number(number));
  return listed_json(elements);
}

std::string range_json(PageRange range) {
  return listed_json({json_number(range.min), json_number(range.max)});
}

std::string color_json(Color color) {
  return fmt::format("\"#{:02x}{:02x}{:02x}\"", color.red, color.green, color.blue);
}

std::string map_json(const PageMap& map, Blobs& blobs) {
  const auto x = range_of(map.x), y = range_of(map.y);
  const auto blob = blobs.add(quantized(map.x, x, 65535) + quantized(map.y, y, 65535));
  return fmt::format(R"({{"key":{},"title":{},"axes":{},"x":{},"y":{},"blob":{}}})", json_string(map.key),
                     json_string(map.title), strings_json({map.x_label, map.y_label}), range_json(x), range_json(y),
                     blob);
}

std::string column_json(const PageColumn& column, std::uint32_t steps, Blobs& blobs) {
  if (!column.categories.codes.empty()) {
    const auto& categories = column.categories.categories;
    return fmt::format(R"({{"name":{},"kind":"category","categories":{},"colors":{},"blob":{}}})",
                       json_string(column.name), strings_json(categories), strings_json(column.colors),
                       blobs.add(packed_codes(column.categories.codes, categories.size())));
  }
  const auto range = range_of(column.values);
  return fmt::format(R"({{"name":{},"kind":"number","range":{},"steps":{},"whole":{},"blob":{}}})",
                     json_string(column.name), range_json(range), steps, column.whole_numbers,
                     blobs.add(quantized(column.values, range, steps)));
}

const char* name_of(PageSection::Kind kind) {
  switch (kind) {
    case PageSection::Kind::table:
      return "table";
    case PageSection::Kind::lines:
      return "lines";
    case PageSection::Kind::bars:
      return "bars";
    case PageSection::Kind::histogram:
      return "histogram";
    case PageSection::Kind::density:
      return "density";
    case PageSection::Kind::text:
      break;
  }
  return "text";
}

std::string section_json(const PageSection& section) {
  std::vector<std::string> rows, series, marks;
  for (const auto& row : section.rows) rows.push_back(strings_json(row));
  for (const auto& line : section.series) {
    series.push_back(fmt::format(R"({{"name":{},"x":{},"y":{},"counts":{}}})", json_string(line.name),
                                 numbers_json(line.x), numbers_json(line.y), numbers_json(line.counts)));
  }
  for (const auto& [name, at] : section.marks) marks.push_back(listed_json({json_string(name), json_number(at)}));
  return fmt::format(
      R"({{"kind":"{}","chapter":{},"title":{},"note":{},"header":{},"rows":{},"axes":{},"series":{},"marks":{},"folded":{}}})",
      name_of(section.kind), json_string(section.chapter), json_string(section.title), json_string(section.note),
      strings_json(section.header), listed_json(rows), strings_json({section.x_label, section.y_label}),
      listed_json(series), listed_json(marks), section.folded);
}

/// The description of everything else in the page, itself a blob.
std::string description_json(const Page& page, Blobs& blobs) {
  std::vector<std::string> palette, gradient, maps, columns, genes, report;
  for (std::size_t i = 0; i < palette_size; ++i) palette.push_back(color_json(category_color(i)));
  for (int i = 0; i < 256; ++i) gradient.push_back(color_json(viridis(i / 255.0)));
  // What the first picture needs comes first.
  for (const auto& map : page.maps) maps.push_back(map_json(map, blobs));
  for (const auto& column : page.columns) columns.push_back(column_json(column, 65534, blobs));
  for (const auto& gene : page.genes) genes.push_back(column_json(gene, 254, blobs));
  for (const auto& section : page.report) report.push_back(section_json(section));
  const auto names = blobs.add(packed_names(page.names));
  return fmt::format(
      R"({{"title":{},"version":{},"n":{},"cells":{},"genes_in_data":{},"color":{},"names":{},)"
      R"("palette":{},"gradient":{},"maps":{},"columns":{},"genes":{},"report":{}}})",
      json_string(page.title), json_string(page.version), page.names.size(), page.cells, page.genes_in_data,
      json_string(page.color), names, listed_json(palette), listed_json(gradient), listed_json(maps),
      listed_json(columns), listed_json(genes), listed_json(report));
}

std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : unicode::repaired(text)) {
    if (c == '<' || c == '>' || c == '&')
      result += c == '<' ? "&lt;" : c == '>' ? "&gt;" : "&amp;";
    else
      result += c;
  }
  return result;
}

}  // namespace

void write_page(const std::string& path, const Page& page) {
  Blobs blobs;
  const auto description = blobs.add(description_json(page, blobs));
  const std::vector<std::pair<std::string_view, std::string>> parts = {
      {"<!--title-->", escaped(page.title)},
      {"<!--style-->", "<style>\n" + std::string(page_style()) + "</style>"},
      {"<!--data-->", blobs.html()},
      {"<!--script-->",
       fmt::format("<script data-description=\"{}\">\n{}</script>", description, page_script())}};
  std::string html;
  std::string_view rest = page_frame();
  for (const auto& [place, text] : parts) {
    const auto at = rest.find(place);
    if (at == std::string_view::npos) throw std::logic_error("no " + std::string(place) + " in page.html");
    html += rest.substr(0, at);
    html += text;
    rest.remove_prefix(at + place.size());
  }
  html += rest;
  write_whole_file(path, html);
}

}  // namespace replearn::report
