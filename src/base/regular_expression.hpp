#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace replearn {

/// A regular expression in ECMAScript syntax. Wraps std::regex, which takes seconds to compile in each source that
/// includes it.
class RegularExpression {
 public:
  explicit RegularExpression(const std::string& pattern);
  ~RegularExpression();
  RegularExpression(const RegularExpression&) = delete;
  RegularExpression& operator=(const RegularExpression&) = delete;

  /// Whether all of the text matches.
  bool matches(const std::string& text) const;
  /// The first match within the text, then its groups; nothing without a match.
  std::optional<std::vector<std::string>> search(const std::string& text) const;

 private:
  struct Compiled;
  std::unique_ptr<Compiled> compiled_;
};

}  // namespace replearn
