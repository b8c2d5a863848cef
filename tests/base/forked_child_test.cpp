#include "base/forked_child.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <stdexcept>
#include <thread>
#include <vector>

#include "base/stopwatch.hpp"

namespace replearn {
namespace {

using How = ChildEnd::How;
constexpr ChildLimits limits{5, 20, std::size_t{1} << 28};

TEST(ForkedChild, TellsWhatItFoundAndLeavesTheParentAlone) {
  int touched = 0;
  const ChildEnd end = run_in_child(limits, [&](ChildNotes& notes) {
    touched = 1;
    notes.at("first");
    notes.at("second");
    notes.found("a thing");
  });
  EXPECT_EQ(end.how, How::finished);
  EXPECT_EQ(end.at, "second");
  EXPECT_EQ(end.found, "a thing");
  EXPECT_EQ(touched, 0);
}

TEST(ForkedChild, ACrashEndsTheChildAlone) {
  for (const int signal : {SIGSEGV, SIGABRT, SIGFPE}) {
    const ChildEnd end = run_in_child(limits, [&](ChildNotes& notes) {
      notes.at(std::string(5000, 'x'));
      ::raise(signal);
    });
    EXPECT_EQ(end.how, How::signaled);
    EXPECT_EQ(end.signal, signal);
    EXPECT_GT(end.at.size(), 1000u);
  }
}

TEST(ForkedChild, SignalHandlersOfTheParentDoNotRunInIt) {
  const auto before = std::signal(SIGSEGV, [](int) { ::raise(SIGKILL); });
  const ChildEnd end = run_in_child(limits, [](ChildNotes&) { ::raise(SIGSEGV); });
  std::signal(SIGSEGV, before);
  EXPECT_EQ(end.signal, SIGSEGV);
}

TEST(ForkedChild, AnEndlessLoopIsEndedByItsProcessorTime) {
  const ChildEnd end = run_in_child({1, 60, limits.memory_bytes}, [](ChildNotes& notes) {
    for (int i = 0;; ++i) notes.at("loop");
  });
  EXPECT_EQ(end.how, How::timed_out);
  EXPECT_EQ(end.at, "loop");
}

TEST(ForkedChild, OneThatSleepsIsEndedByTheClock) {
  const Stopwatch watch;
  const ChildEnd end = run_in_child({5, 0.2, limits.memory_bytes},
                                    [](ChildNotes&) { std::this_thread::sleep_for(std::chrono::hours(1)); });
  EXPECT_EQ(end.how, How::timed_out);
  EXPECT_LT(watch.seconds(), 10);
}

TEST(ForkedChild, ErrorsAndLackOfMemoryAreItsOwnAffair) {
  EXPECT_EQ(run_in_child(limits, [](ChildNotes&) { throw std::runtime_error("no"); }).how, How::finished);
  const ChildEnd end = run_in_child(limits, [](ChildNotes& notes) {
    const std::vector<char> much(std::size_t{1} << 30, 'x');
    notes.found(std::string(1, much.back()));
  });
  EXPECT_EQ(end.how, How::finished);
  EXPECT_EQ(end.found, "");
}

}  // namespace
}  // namespace replearn
