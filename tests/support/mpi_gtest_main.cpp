// One main for every test program: the same binary under any number of ranks. Root reports; the other ranks print
// only their failures, with their rank; after each test all ranks agree on its outcome, so that root's report and the
// exit code hold everyone's. Inside a test: EXPECT, not ASSERT, before anything collective, or ranks wait for ever.
#include <gtest/gtest.h>

#include <cstdio>
#include <memory>
#include <string>

#include "mpi/collectives.hpp"
#include "mpi/environment.hpp"
#include "support/test_comm.hpp"

namespace replearn::test {
namespace {

const mpi::Communicator* the_comm = nullptr;

class PrintFailuresOfRank : public testing::EmptyTestEventListener {
 public:
  explicit PrintFailuresOfRank(int rank) : rank_(rank) {}
  void OnTestStart(const testing::TestInfo& info) override {
    name_ = std::string(info.test_suite_name()) + "." + info.name();
  }
  void OnTestPartResult(const testing::TestPartResult& result) override {
    if (!result.failed()) return;
    std::fprintf(stderr, "[rank %d] %s: %s:%d: failure\n%s\n", rank_, name_.c_str(),
                 result.file_name() ? result.file_name() : "?", result.line_number(), result.message());
  }

 private:
  int rank_;
  std::string name_;
};

class AgreeOnOutcome : public testing::EmptyTestEventListener {
 public:
  explicit AgreeOnOutcome(mpi::Communicator comm) : comm_(std::move(comm)) {}
  void OnTestEnd(const testing::TestInfo& info) override {
    const bool failed = info.result()->Failed();
    const int failures = mpi::all_reduce(comm_, failed ? 1 : 0, mpi::Reduction::sum);
    if (comm_.is_root() && !failed && failures > 0) ADD_FAILURE() << "failed on " << failures << " other rank(s)";
  }

 private:
  mpi::Communicator comm_;
};

int run_all(int argc, char** argv) {
  mpi::Environment environment(argc, argv);
  const auto world = mpi::Communicator::world();
  the_comm = &world;
  testing::InitGoogleTest(&argc, argv);
  auto& listeners = testing::UnitTest::GetInstance()->listeners();
  if (!world.is_root()) {
    delete listeners.Release(listeners.default_result_printer());
    delete listeners.Release(listeners.default_xml_generator());
    listeners.Append(new PrintFailuresOfRank(world.rank()));
  }
  auto agree = std::make_unique<AgreeOnOutcome>(mpi::Communicator::world());
  listeners.Append(agree.get());
  const int code = mpi::all_reduce(world, RUN_ALL_TESTS(), mpi::Reduction::max);
  listeners.Release(agree.get());
  return code;
}

}  // namespace

const mpi::Communicator& comm() {
  return *the_comm;
}

}  // namespace replearn::test

int main(int argc, char** argv) {
  return replearn::test::run_all(argc, argv);
}
