#pragma once
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include "data/distributed_matrix.hpp"

namespace replearn::test {

/// A raw little-endian array of tests/data.
template <class T>
std::vector<T> read_binary(const std::string& name) {
  std::ifstream file(std::string(REPLEARN_TEST_DATA) + "/" + name, std::ios::binary);
  if (!file) throw std::runtime_error("cannot open tests/data/" + name);
  const std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  std::vector<T> values(bytes.size() / sizeof(T));
  std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(values.data()));
  return values;
}

inline RowMatrix read_matrix(const std::string& name, Index columns) {
  const auto values = read_binary<float>(name);
  return Eigen::Map<const RowMatrix>(values.data(), static_cast<Index>(values.size()) / columns, columns);
}

}  // namespace replearn::test
