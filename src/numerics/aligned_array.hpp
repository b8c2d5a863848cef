#pragma once
#include <algorithm>
#include <cstdlib>
#include <memory>
#include <new>
#include <span>

#include "base/index.hpp"

namespace replearn {

/// An array aligned to a cache line, as vector instructions require.
template <class T>
class AlignedArray {
 public:
  AlignedArray() = default;
  /// Initialized with zeros.
  explicit AlignedArray(Index size) { resize(size); }

  /// Resizes and fills with zeros.
  void resize(Index size) {
    constexpr Index line = 64;
    size_ = size;
    const Index bytes = std::max<Index>(1, ceil_div(size * static_cast<Index>(sizeof(T)), line)) * line;
    data_.reset(static_cast<T*>(std::aligned_alloc(line, static_cast<std::size_t>(bytes))));
    if (!data_) throw std::bad_alloc();
    clear();
  }
  void clear() { std::fill_n(data_.get(), size_, T{}); }

  Index size() const { return size_; }
  T* data() { return data_.get(); }
  const T* data() const { return data_.get(); }
  std::span<T> values() { return {data_.get(), static_cast<std::size_t>(size_)}; }
  std::span<const T> values() const { return {data_.get(), static_cast<std::size_t>(size_)}; }

 private:
  struct Free {
    void operator()(T* memory) const { std::free(memory); }
  };
  std::unique_ptr<T, Free> data_;
  Index size_ = 0;
};

}  // namespace replearn
