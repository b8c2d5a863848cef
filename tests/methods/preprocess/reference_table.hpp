#pragma once
#include <map>
#include <string>
#include <vector>

namespace replearn::test {

/// Lines of a reference file of tests/data: a key, then words.
class ReferenceTable {
 public:
  explicit ReferenceTable(const std::string& path);
  const std::vector<std::string>& words(const std::string& key) const { return lines_.at(key); }
  std::vector<double> numbers(const std::string& key) const;

 private:
  std::map<std::string, std::vector<std::string>> lines_;
};

}  // namespace replearn::test
