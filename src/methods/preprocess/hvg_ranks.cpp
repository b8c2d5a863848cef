#include "methods/preprocess/hvg_ranks.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "methods/preprocess/median.hpp"

namespace replearn::preprocess {
namespace {

/// Whether a comes before b in descending order, NaN last.
bool is_larger(double a, double b) {
  return std::isnan(b) ? !std::isnan(a) : a > b;
}

std::vector<std::size_t> gene_order(std::size_t genes) {
  std::vector<std::size_t> order(genes);
  std::iota(order.begin(), order.end(), std::size_t{0});
  return order;
}

}  // namespace

HvgRanks rank_genes(const std::vector<double>& scores, Index batches, Index top_genes, RankOrder order) {
  const std::size_t m = batches > 0 ? scores.size() / static_cast<std::size_t>(batches) : 0;
  const auto top = std::min(m, static_cast<std::size_t>(top_genes));
  std::vector<std::vector<double>> ranks(m);
  for (Index b = 0; b < batches; ++b) {
    const double* of_batch = scores.data() + static_cast<std::size_t>(b) * m;
    auto genes = gene_order(m);
    std::stable_sort(genes.begin(), genes.end(),
                     [&](std::size_t a, std::size_t c) { return is_larger(of_batch[a], of_batch[c]); });
    for (std::size_t rank = 0; rank < top; ++rank) ranks[genes[rank]].push_back(static_cast<double>(rank));
  }

  HvgRanks result{{}, {}, std::vector<std::uint8_t>(m, 0)};
  for (auto& of_gene : ranks) {
    result.nbatches.push_back(static_cast<Index>(of_gene.size()));
    result.rank.push_back(median(std::move(of_gene)));
  }
  auto genes = gene_order(m);
  std::stable_sort(genes.begin(), genes.end(), [&](std::size_t a, std::size_t c) {
    const bool by_rank = is_larger(-result.rank[a], -result.rank[c]),
               by_rank_reversed = is_larger(-result.rank[c], -result.rank[a]);
    const Index more = result.nbatches[a] - result.nbatches[c];
    if (order == RankOrder::rank_then_batches) return by_rank || (!by_rank_reversed && more > 0);
    return more > 0 || (more == 0 && by_rank);
  });
  for (std::size_t k = 0; k < top; ++k) result.selected[genes[k]] = 1;
  return result;
}

}  // namespace replearn::preprocess
