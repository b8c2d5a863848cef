#include "app/obs_labels.hpp"

#include <fmt/core.h>

namespace replearn::app {

Categorical as_labels(const Column& column) {
  return std::visit(
      [](const auto& values) {
        using T = std::decay_t<decltype(values)>;
        if constexpr (std::is_same_v<T, Categorical>) {
          return values;
        } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
          return to_categorical(values);
        } else {
          std::vector<std::string> texts;
          if constexpr (std::is_same_v<T, Flags>) {
            for (const auto value : values.values) texts.push_back(value ? "True" : "False");
          } else {
            for (const auto value : values) texts.push_back(fmt::format("{:.10g}", static_cast<double>(value)));
          }
          return to_categorical(texts);
        }
      },
      column);
}

}  // namespace replearn::app
