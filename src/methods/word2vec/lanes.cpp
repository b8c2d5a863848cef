#include "methods/word2vec/lanes.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <tuple>

#include "methods/word2vec/private_rows.hpp"
#include "mpi/collectives.hpp"

namespace replearn::word2vec {
namespace {

/// One changed row on its way to all ranks; its floats follow those of the rows before.
struct Header {
  std::int32_t lane;
  Part part;
  std::int32_t row, times;
};

/// What a row's changes are taken by, if all lanes together asked for it so many times. Few steps from the same model
/// add up as if they had come one after the other. Many would overshoot: each lane alone has gone most of the way. So
/// beyond `together` of them their sum shrinks, down to the mean of the lanes.
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

  /// Takes words_per_round words, or what is left. Returns how many words the sentences had that it trained on: one
  /// that is not over is trained on in the round in which it ends.
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
      learner.take(std::span(part).subspan(at, more), *random, count);
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
  // Each lane's by itself, and then in the order of the lanes: the same sum whichever ranks hold them.
  std::vector<double> lane_losses(tasks.size(), 0.0);
  std::vector<Index> lane_pairs(tasks.size(), 0);
  for (std::size_t lane = 0; lane < tasks.size(); ++lane) {
    if (!all_[lane]) continue;
    lane_losses[lane] = all_[lane]->learner.updates().take_loss();
    lane_pairs[lane] = all_[lane]->learner.updates().take_pairs();
  }
  mpi::all_reduce(comm_, std::span(lane_losses), mpi::Reduction::sum);  // to each, zeros are added
  mpi::all_reduce(comm_, std::span(lane_pairs), mpi::Reduction::sum);
  for (std::size_t lane = 0; lane < tasks.size(); ++lane) {
    const auto epoch = static_cast<std::size_t>(tasks[lane].epoch);
    losses[epoch] += lane_losses[lane];
    pairs[epoch] += lane_pairs[lane];
  }
}

/// All changes of all lanes, added to the model by the ranks of each node, each its share of the rows.
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
  // The changes of my rows, each row's in the order of the lanes, whichever ranks hold these.
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
