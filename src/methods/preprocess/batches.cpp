#include "methods/preprocess/batches.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <optional>

#include "base/error.hpp"
#include "mpi/collectives.hpp"

namespace replearn::preprocess {
namespace {

const std::string batch_option = "--batch-key";

/// Names of the distinct keys in ascending order, and the position of each entry's key among them; -1 for no key.
template <class Key, class NameOf>
void number_keys(const std::vector<std::optional<Key>>& keys, const NameOf& name_of, std::vector<std::string>& names,
                 std::vector<std::int32_t>& codes) {
  std::map<Key, std::int32_t> numbers;
  for (const auto& key : keys) {
    if (key) numbers.emplace(*key, 0);
  }
  for (auto& [key, number] : numbers) {
    number = static_cast<std::int32_t>(names.size());
    names.push_back(name_of(key));
  }
  for (const auto& key : keys) codes.push_back(key ? numbers.at(*key) : -1);
}

template <class Key, class Values>
std::vector<std::optional<Key>> as_keys(const Values& values) {
  return {values.begin(), values.end()};
}

/// Root.
void read_column(const Annotations& obs, const std::string& column, std::vector<std::string>& names,
                 std::vector<std::int32_t>& codes) {
  const auto* values = obs.find(column);
  if (!values) {
    throw InputError("", batch_option, "obs has no column '" + column + "'", suggest(column, obs.column_names()));
  }
  const auto text = [](const std::string& key) { return key; };
  if (const auto* labels = std::get_if<Categorical>(values)) {
    std::vector<std::optional<std::string>> keys;
    for (const auto code : labels->codes) {
      keys.push_back(code < 0 ? std::nullopt : std::optional(labels->categories[static_cast<std::size_t>(code)]));
    }
    number_keys(keys, text, names, codes);
  } else if (const auto* texts = std::get_if<std::vector<std::string>>(values)) {
    std::vector<std::optional<std::string>> keys;
    for (const auto& key : *texts) keys.push_back(key.empty() ? std::nullopt : std::optional(key));
    number_keys(keys, text, names, codes);
  } else if (const auto* numbers = std::get_if<std::vector<std::int64_t>>(values)) {
    number_keys(
        as_keys<std::int64_t>(*numbers), [](std::int64_t key) { return std::to_string(key); }, names, codes);
  } else if (const auto* flags = std::get_if<Flags>(values)) {
    number_keys(
        as_keys<std::uint8_t>(flags->values), [](std::uint8_t key) { return key != 0 ? "True" : "False"; }, names,
        codes);
  } else {
    throw InputError("", batch_option, "obs/" + column + " is numeric, not categorical",
                     "choose a column of labels or of whole numbers");
  }
  const auto missing = std::count(codes.begin(), codes.end(), -1);
  if (missing > 0) {
    throw InputError("", batch_option,
                     fmt::format("obs/{} is missing for {} of {} cells", column, missing, codes.size()),
                     "name the batch of every cell, or choose another column");
  }
}

}  // namespace

std::string Batches::place(Index batch) const {
  return names.empty() ? "" : " of batch '" + names[static_cast<std::size_t>(batch)] + "'";
}

Batches single_batch(const RowPartition& rows, int rank) {
  return {{}, {rows.rows()}, std::vector<std::int32_t>(static_cast<std::size_t>(rows.count(rank)), 0)};
}

Batches batches_of(const mpi::Communicator& comm, const Annotations& obs, const std::string& column,
                   const RowPartition& rows) {
  Batches batches;
  std::vector<std::vector<std::int32_t>> codes_of_rank(static_cast<std::size_t>(comm.size()));
  mpi::on_root(comm, [&] {
    std::vector<std::int32_t> codes;
    read_column(obs, column, batches.names, codes);
    batches.cells.assign(batches.names.size(), 0);
    for (const auto code : codes) ++batches.cells[static_cast<std::size_t>(code)];
    for (int rank = 0; rank < comm.size(); ++rank) {
      codes_of_rank[static_cast<std::size_t>(rank)].assign(codes.begin() + rows.begin(rank),
                                                           codes.begin() + rows.end(rank));
    }
  });
  batches.names = mpi::broadcast(comm, std::move(batches.names));
  batches.cells = mpi::broadcast(comm, std::move(batches.cells));
  batches.local = std::move(mpi::all_to_all_v(comm, codes_of_rank).front());
  return batches;
}

}  // namespace replearn::preprocess
