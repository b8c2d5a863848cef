#include "methods/preprocess/reference_table.hpp"

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace replearn::test {

ReferenceTable::ReferenceTable(const std::string& path) {
  std::ifstream in(std::string(REPLEARN_TEST_DATA "/") + path);
  if (!in) throw std::runtime_error("cannot read " + path);
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string key;
    words >> key;
    for (std::string word; words >> word;) lines_[key].push_back(word);
  }
}

std::vector<double> ReferenceTable::numbers(const std::string& key) const {
  std::vector<double> numbers;
  for (const auto& word : words(key)) numbers.push_back(std::stod(word));
  return numbers;
}

}  // namespace replearn::test
