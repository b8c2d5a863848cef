#include "app/plot/stored_style.hpp"

#include <fmt/core.h>

#include <cmath>

namespace replearn::app {

std::vector<report::Color> stored_colors(const ValueTree& uns, const std::string& column, std::size_t categories) {
  const auto* found = uns.find(column + "_colors");
  const auto* texts = found ? std::get_if<std::vector<std::string>>(found) : nullptr;
  if (!texts || texts->size() != categories) return {};
  std::vector<report::Color> colors;
  for (const auto& text : *texts) {
    const auto color = report::parse_color(text);
    if (!color) return {};
    colors.push_back(*color);
  }
  return colors;
}

std::string explained_variance(const ValueTree& uns, int component) {
  const auto* pca = uns.find("pca");
  const auto* entries = pca ? std::get_if<std::shared_ptr<ValueTree>>(pca) : nullptr;
  const auto* ratio = entries ? (*entries)->find("variance_ratio") : nullptr;
  if (!ratio) return "";
  return std::visit(
      [&](const auto& values) -> std::string {
        using T = std::decay_t<decltype(values)>;
        if constexpr (std::is_same_v<T, std::vector<double>> || std::is_same_v<T, std::vector<float>>) {
          const auto place = static_cast<std::size_t>(component - 1);
          if (place >= values.size() || !std::isfinite(values[place]) || values[place] < 0 || values[place] > 1) return "";
          return fmt::format(" ({:.1f} %)", 100 * static_cast<double>(values[place]));
        } else {
          return "";
        }
      },
      *ratio);
}

}  // namespace replearn::app
