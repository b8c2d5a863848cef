#include "app/forecast/machine.hpp"

#include <algorithm>

#include "numerics/rank_speed.hpp"

namespace replearn::app {

double core_speed(const mpi::Communicator& comm, double seconds) {
  constexpr double measured = 9600;  // rounds per second of the core on which the costs were measured
  const auto speeds = rank_speeds(comm, seconds);
  return *std::ranges::min_element(speeds) / measured;
}

}  // namespace replearn::app
