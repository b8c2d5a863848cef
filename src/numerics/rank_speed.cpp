#include "numerics/rank_speed.hpp"

#include <Eigen/Core>

#include "base/stopwatch.hpp"
#include "mpi/collectives.hpp"

namespace replearn {

std::vector<double> rank_speeds(const mpi::Communicator& comm, double seconds) {
  constexpr Index rows = 256, inner = 64, length = Index{1} << 22;  // 16 MB: exceeds a core's share of the cache
  constexpr Index piece = Index{1} << 18;                           // per round
  const Eigen::MatrixXf a = Eigen::MatrixXf::Constant(rows, inner, 0.5f),
                        b = Eigen::MatrixXf::Constant(inner, rows, 0.25f);
  Eigen::MatrixXf product = Eigen::MatrixXf::Zero(rows, rows);
  Eigen::VectorXf memory = Eigen::VectorXf::Zero(length);
  mpi::barrier(comm);
  const Stopwatch watch;
  double rounds = 0;
  for (Index at = 0; watch.seconds() < seconds; at = (at + piece) % length, ++rounds) {
    product.noalias() = a * b;
    memory.segment(at, piece).array() += product(at / piece % rows, 0);
  }
  return mpi::all_gather(comm, rounds / watch.seconds());
}

}  // namespace replearn
