#pragma once
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "nn/batch.hpp"

namespace replearn::test {

/// The arrays of tests/data/<folder>/reference.txt, which make_reference.py there wrote.
class Reference {
 public:
  explicit Reference(const std::string& folder = "nn") {
    const std::string path = std::string(REPLEARN_TEST_DATA) + "/" + folder + "/reference.txt";
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
      std::istringstream words(line);
      std::string name;
      words >> name;
      for (double number; words >> number;) arrays_[name].push_back(number);
    }
    if (arrays_.empty()) throw std::runtime_error("cannot read " + path);
  }
  const std::vector<double>& operator[](const std::string& name) const { return arrays_.at(name); }
  template <class Scalar>
  nn::Batch<Scalar> batch(const std::string& name, Index columns) const {
    const auto& numbers = arrays_.at(name);
    return Eigen::Map<const nn::Batch<double>>(numbers.data(), static_cast<Index>(numbers.size()) / columns, columns)
        .cast<Scalar>();
  }

 private:
  std::map<std::string, std::vector<double>> arrays_;
};

/// Largest |a - b| over the largest |b|.
template <class A, class B>
double relative_difference(const A& a, const B& b) {
  double difference = 0, size = 1e-300;
  for (std::size_t i = 0; i < static_cast<std::size_t>(b.size()); ++i) {
    const auto at = static_cast<std::ptrdiff_t>(i);
    difference = std::max(difference, std::abs(static_cast<double>(a.data()[at]) - static_cast<double>(b.data()[at])));
    size = std::max(size, std::abs(static_cast<double>(b.data()[at])));
  }
  return static_cast<std::size_t>(a.size()) == static_cast<std::size_t>(b.size()) ? difference / size : 1e300;
}

}  // namespace replearn::test
