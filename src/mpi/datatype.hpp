#pragma once
#include <mpi.h>

#include <cstdint>
#include <ranges>
#include <type_traits>

namespace replearn::mpi {

/// The MPI datatype of an arithmetic C++ type.
template <class T>
MPI_Datatype datatype() {
  using U = std::remove_cv_t<T>;
  if constexpr (std::is_same_v<U, float>)
    return MPI_FLOAT;
  else if constexpr (std::is_same_v<U, double>)
    return MPI_DOUBLE;
  else if constexpr (std::is_same_v<U, std::int64_t>)
    return MPI_INT64_T;
  else if constexpr (std::is_same_v<U, std::uint64_t>)
    return MPI_UINT64_T;
  else if constexpr (std::is_same_v<U, std::int32_t>)
    return MPI_INT32_T;
  else if constexpr (std::is_same_v<U, std::uint32_t>)
    return MPI_UINT32_T;
  else if constexpr (std::is_same_v<U, std::int16_t>)
    return MPI_INT16_T;
  else if constexpr (std::is_same_v<U, std::uint8_t>)
    return MPI_UINT8_T;
  else if constexpr (std::is_same_v<U, char>)
    return MPI_CHAR;
  else
    static_assert(std::is_same_v<U, void>, "no MPI datatype for this type");
}

/// Types that may be sent between ranks as bytes: no pointers, nor spans and views, which contain them.
template <class T>
concept Sendable = std::is_trivially_copyable_v<T> && !std::is_pointer_v<T> && !std::ranges::view<T>;

}  // namespace replearn::mpi
