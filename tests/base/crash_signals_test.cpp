#include "base/crash_signals.hpp"

#include <gtest/gtest.h>

#include <csignal>

namespace replearn {
namespace {

TEST(CrashSignals, ACrashEndsTheProcessByItsSignal) {
  const auto crash = [] {
    report_crashes(3);
    ::raise(SIGSEGV);
  };
  EXPECT_EXIT(crash(), testing::KilledBySignal(SIGSEGV), "replearn: rank 3 crashed \\(SIGSEGV.* please report it");
}

TEST(CrashSignals, ACrashWhileALibraryShutsDownKeepsTheExitCode) {
  const auto crash = [] {
    report_crashes(3);
    set_exit_code(2);
    ::raise(SIGSEGV);
  };
  EXPECT_EXIT(crash(), testing::ExitedWithCode(2), "rank 3 crashed \\(SIGSEGV.* what the job did is not affected");
}

}  // namespace
}  // namespace replearn
