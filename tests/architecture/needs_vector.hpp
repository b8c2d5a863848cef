#pragma once
// Does not compile alone, on purpose: shows that the test of headers can fail.

inline std::vector<int> nothing() {
  return {};
}
