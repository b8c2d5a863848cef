#include "methods/word2vec/lanes.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <tuple>

#include "methods/word2vec/private_rows.hpp"
#include "mpi/collectives.hpp"

namespace replearn::word2vec {
namespace {

/// One changed row sent to all ranks; its floats follow those of the preceding rows.
struct Header {
  std::int32_t lane;
  Part part;
  std::int32_t row, times;
};

/// Factor of a row's changes, given the number of its updates in all lanes. A few steps from the same model add up as
/// if they were sequential; many would overshoot, since each lane alone converges most of the way. Beyond `together`
/// updates the sum is therefore scaled down, to the mean of the lanes at most.
float damping(std::int32_t times, std::int32_t lanes) {
  constexpr float together = 32;
  return std::max(1 / static_cast<float>(lanes), std::min(1.0f, together / static_cast<float>(times)));
}

}  // namespace

struct Lanes::Lane {
  Lane(const Options& options, const Samplers& samplers, const Model& model)
      : rows(model), learner(options, samplers, rows, max_sentence_length) {}

  PrivateRows rows;
  Learner<PrivateRows> learner;
  NextWords next;
  std::optional<RandomStream> random;
  std::vector<WordId> part;
  std::size_t at = 0;
  Index epoch = 0;

  /// Processes words_per_round words, or the rest. Returns the number of words in the trained sentences; an incomplete
  /// sentence is trained in the round in which it ends.
  Index train_round(double rate) {
    Index trained = 0;
    const auto count = [&](Index words) {
      trained += words;
      return rate;
    };
    for (std::size_t given = 0; next && given < words_per_round;) {
      if (at == part.size()) {
        at = 0;
        if (!next(part)) {
          next = nullptr;
          part.clear();
          learner.finish(*random, count);
        }
        continue;
      }
      const std::size_t more = std::min<std::size_t>(part.size() - at, words_per_round - given);
      learner.train_on(std::span(part).subspan(at, more), *random, count);
      at += more;
      given += more;
    }
    return trained;
  }
};

Lanes::Lanes(const mpi::Communicator& comm, const mpi::Communicator& node, Model& model, const Options& options,
             const Samplers& samplers)
    : comm_(comm), node_(node), model_(model), options_(options), samplers_(samplers) {
  for (Index lane = 0; lane < lanes; ++lane) {
    all_.push_back(is_mine(lane) ? std::make_shared<Lane>(options_, samplers_, model_) : nullptr);
  }
}

void Lanes::train(const std::vector<Task>& tasks, const WordStream& text, Index& words, std::vector<double>& losses,
                  std::vector<Index>& pairs) {
  const auto total = static_cast<double>(text.words) * static_cast<double>(options_.epochs);
  const auto each_of_mine = [&](auto&& work) {
    for (std::size_t lane = 0; lane < tasks.size(); ++lane) {
      if (all_[lane]) work(*all_[lane], tasks[lane]);
    }
  };
  mpi::run_collectively(comm_, [&] {
    each_of_mine([&](Lane& lane, const Task& task) {
      lane.next = text.open(task.shard);
      lane.epoch = task.epoch;
      lane.random.emplace(options_.seed, Purpose::word2vec_training,
                          static_cast<std::uint64_t>(task.epoch * text.shards + task.shard));
    });
  });
  for (bool any = true; any;) {
    const double rate = options_.alpha_at(static_cast<double>(words) / total, 1);
    Index taken = 0;
    bool more = false;
    mpi::run_collectively(comm_, [&] {
      each_of_mine([&](Lane& lane, const Task&) {
        taken += lane.train_round(rate);
        more = more || lane.next;
      });
    });
    synchronize();
    words += mpi::all_reduce(comm_, taken, mpi::Reduction::sum);
    any = !mpi::agree(comm_, !more);
  }
  // Summed per lane, then in the order of the lanes, so that the result does not depend on their distribution.
  std::vector<double> lane_losses(tasks.size(), 0.0);
  std::vector<Index> lane_pairs(tasks.size(), 0);
  for (std::size_t lane = 0; lane < tasks.size(); ++lane) {
    if (!all_[lane]) continue;
    lane_losses[lane] = all_[lane]->learner.updates().take_loss();
    lane_pairs[lane] = all_[lane]->learner.updates().take_pairs();
  }
  mpi::all_reduce(comm_, std::span(lane_losses), mpi::Reduction::sum);  // every lane has one nonzero term
  mpi::all_reduce(comm_, std::span(lane_pairs), mpi::Reduction::sum);
  for (std::size_t lane = 0; lane < tasks.size(); ++lane) {
    const auto epoch = static_cast<std::size_t>(tasks[lane].epoch);
    losses[epoch] += lane_losses[lane];
    pairs[epoch] += lane_pairs[lane];
  }
}

/// Applies all changes of all lanes to the model; each rank of a node updates its share of the rows.
void Lanes::synchronize() {
  std::vector<Header> headers;
  std::vector<float> floats;
  const auto stride = static_cast<std::size_t>(model_.stride());
  for (std::size_t lane = 0; lane < all_.size(); ++lane) {
    if (!all_[lane]) continue;
    for (const auto& change : all_[lane]->rows.take_changes()) {
      headers.push_back({static_cast<std::int32_t>(lane), change.part, change.row, change.times});
      floats.insert(floats.end(), change.by, change.by + stride);
    }
  }
  const auto all_headers = mpi::all_gather_v(comm_, headers);
  const auto all_floats = mpi::all_gather_v(comm_, floats);
  // The changes of the local rows, per row in the order of the lanes, independent of their distribution.
  std::vector<std::size_t> mine;
  for (std::size_t i = 0; i < all_headers.size(); ++i) {
    if (all_headers[i].row % node_.size() == node_.rank()) mine.push_back(i);
  }
  const auto key = [&](std::size_t i) {
    const Header& h = all_headers[i];
    return std::tuple(h.part, h.row, h.lane);
  };
  std::sort(mine.begin(), mine.end(), [&](std::size_t a, std::size_t b) { return key(a) < key(b); });
  for (std::size_t begin = 0, end; begin < mine.size(); begin = end) {
    const Header& header = all_headers[mine[begin]];
    std::int32_t times = 0;
    for (end = begin;
         end < mine.size() && all_headers[mine[end]].part == header.part && all_headers[mine[end]].row == header.row;
         ++end) {
      times += all_headers[mine[end]].times;
    }
    const float share = damping(times, static_cast<std::int32_t>(end - begin));
    float* row = model_.row(header.part, header.row);
    for (std::size_t at = begin; at < end; ++at) {
      const float* by = all_floats.data() + mine[at] * stride;
      for (std::size_t k = 0; k < stride; ++k) row[k] += share * by[k];
    }
  }
  model_.synchronize();
}

}  // namespace replearn::word2vec
