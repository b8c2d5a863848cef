#include "cli/failure.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <new>
#include <system_error>

#include "app/checkpoint_manager.hpp"
#include "base/error.hpp"

namespace replearn::cli {
namespace {

/// Whether the error is caused by the path, such as a loop of links or a name that is too long.
bool is_path_error(const std::error_code& code) {
  constexpr std::errc causes[] = {std::errc::too_many_symbolic_link_levels,
                                  std::errc::filename_too_long,
                                  std::errc::no_such_file_or_directory,
                                  std::errc::not_a_directory,
                                  std::errc::is_a_directory,
                                  std::errc::file_exists,
                                  std::errc::permission_denied,
                                  std::errc::operation_not_permitted,
                                  std::errc::read_only_file_system};
  return std::any_of(std::begin(causes), std::end(causes), [&](std::errc cause) { return code == cause; });
}

}  // namespace

Failure failure_of(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const app::Stopped& stop) {
    return {stopped, stop.what()};
  } catch (const InputError& invalid) {
    return {input_error, invalid.what()};
  } catch (const std::filesystem::filesystem_error& failed) {
    const bool path = is_path_error(failed.code());
    return {path ? input_error : internal_error,
            InputError(failed.path1().string(), "", failed.code().message(), path ? "check the path" : "").what()};
  } catch (const std::bad_alloc&) {
    return {internal_error, "out of memory; use more nodes or fewer ranks per node"};
  } catch (const std::exception& failed) {
    return {internal_error, failed.what()};
  }
}

}  // namespace replearn::cli
