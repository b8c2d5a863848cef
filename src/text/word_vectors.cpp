#include "text/word_vectors.hpp"

#include <cmath>
#include <limits>

#include "mpi/collectives.hpp"

namespace replearn {

std::vector<std::string> my_words(const mpi::Communicator& comm, const std::vector<std::string>& on_root,
                                  const RowPartition& partition) {
  std::vector<std::vector<char>> outgoing(comm.size());
  if (comm.is_root()) {
    for (int rank = 0; rank < comm.size(); ++rank) {
      auto& text = outgoing[rank];
      for (Index i = partition.begin(rank); i < partition.end(rank); ++i) {
        const auto& word = on_root[i];
        text.insert(text.end(), word.begin(), word.end());
        text.push_back('\0');
      }
    }
  }
  const auto text = std::move(mpi::all_to_all_v(comm, outgoing).front());
  std::vector<std::string> mine;
  for (std::size_t at = 0; at < text.size(); at += mine.back().size() + 1) mine.emplace_back(text.data() + at);
  return mine;
}

void normalize_rows(RowMatrix& rows) {
  for (Index i = 0; i < rows.rows(); ++i) {
    double square = 0;
    for (Index k = 0; k < rows.cols(); ++k) square += static_cast<double>(rows(i, k)) * static_cast<double>(rows(i, k));
    if (!(square > 0)) continue;
    const double factor = 1 / std::sqrt(square);
    if (factor < static_cast<double>(std::numeric_limits<float>::max()))
      rows.row(i) *= static_cast<float>(factor);
    else
      rows.row(i) = (rows.row(i).cast<double>() * factor).cast<float>();
  }
}

}  // namespace replearn
