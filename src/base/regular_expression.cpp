#include "base/regular_expression.hpp"

#include <regex>

namespace replearn {

struct RegularExpression::Compiled {
  std::regex expression;
};

RegularExpression::RegularExpression(const std::string& pattern)
    : compiled_(std::make_unique<Compiled>(std::regex(pattern))) {}
RegularExpression::~RegularExpression() = default;

bool RegularExpression::matches(const std::string& text) const {
  return std::regex_match(text, compiled_->expression);
}

std::optional<std::vector<std::string>> RegularExpression::search(const std::string& text) const {
  std::smatch found;
  if (!std::regex_search(text, found, compiled_->expression)) return std::nullopt;
  return std::vector<std::string>(found.begin(), found.end());
}

}  // namespace replearn
