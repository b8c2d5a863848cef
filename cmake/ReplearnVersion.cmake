# replearn_commit: writes replearn_commit.hpp at every build, and changes it only if the commit has changed. Sources
# without a repository (an archive) take the commit from -DREPLEARN_COMMIT.
set(REPLEARN_COMMIT "" CACHE STRING "Commit of the sources, if they are not a git repository")
find_package(Git QUIET)
add_custom_target(replearn_commit
  COMMAND ${CMAKE_COMMAND} -DGIT=${GIT_EXECUTABLE} -DSOURCE=${PROJECT_SOURCE_DIR} -DCOMMIT=${REPLEARN_COMMIT}
          -DHEADER=${CMAKE_BINARY_DIR}/generated/replearn_commit.hpp -P ${CMAKE_CURRENT_LIST_DIR}/WriteCommit.cmake
  BYPRODUCTS ${CMAKE_BINARY_DIR}/generated/replearn_commit.hpp
  COMMENT "")
