#include "methods/preprocess/batches.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"
#include "mpi/collectives.hpp"
#include "support/test_comm.hpp"

namespace replearn::preprocess {
namespace {

Annotations with(Column column) {
  Annotations obs;
  obs.set("batch", std::move(column));
  return obs;
}

std::string refusal(const Column& column, const std::string& name = "batch") {
  const auto& comm = test::comm();
  try {
    batches_of(comm, comm.is_root() ? with(column) : Annotations(), name, RowPartition(3, comm.size()));
  } catch (const InputError& error) {
    return error.what();
  }
  ADD_FAILURE() << "no InputError";
  return "";
}

void expect_batches(const Column& column, const std::vector<std::string>& names, const std::vector<Index>& cells,
                    const std::vector<std::int32_t>& codes) {
  const auto& comm = test::comm();
  const RowPartition rows(static_cast<Index>(codes.size()), comm.size());
  const auto batches = batches_of(comm, comm.is_root() ? with(column) : Annotations(), "batch", rows);
  EXPECT_EQ(batches.names, names);
  EXPECT_EQ(batches.cells, cells);
  EXPECT_EQ(mpi::all_gather_v(comm, batches.local), codes);
  EXPECT_EQ(static_cast<Index>(batches.local.size()), rows.count(comm.rank()));
}

TEST(Batches, AreLabelsInOrderWithoutThoseOfNoCell) {
  const Categorical labels{{2, 0, 0, 2, 2}, {"b", "unused", "a"}, false};
  expect_batches(labels, {"a", "b"}, {3, 2}, {0, 1, 1, 0, 0});
  expect_batches(std::vector<std::string>{"y", "x", "y"}, {"x", "y"}, {1, 2}, {1, 0, 1});
}

TEST(Batches, OfNumbersAreInNumericOrder) {
  expect_batches(std::vector<std::int64_t>{10, 9, 10}, {"9", "10"}, {1, 2}, {1, 0, 1});
  expect_batches(Flags{{1, 0, 0}}, {"False", "True"}, {2, 1}, {1, 0, 0});
}

TEST(Batches, AreRefusedWithTheirColumn) {
  EXPECT_NE(refusal(Flags{{1, 0, 0}}, "bacth").find("did you mean 'batch'?"), std::string::npos);
  EXPECT_NE(refusal(std::vector<double>{1, 0, 0}).find("obs/batch is numeric, not categorical"), std::string::npos);
  EXPECT_NE(refusal(Categorical{{0, -1, 0}, {"a"}, false}).find("obs/batch is missing for 1 of 3 cells"),
            std::string::npos);
}

}  // namespace
}  // namespace replearn::preprocess
