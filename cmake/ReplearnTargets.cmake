# replearn_module(NAME [FOLDERS] [GLUE] SOURCES a.cpp ... [PUBLIC targets] [PRIVATE targets])
# One library per module of src/: replearn_<name>, exported as replearn::<name>.
# All headers of the module are installed; tests/architecture compiles each one on its own.
#   FOLDERS   only sources of one folder are compiled together
#   GLUE      computes nothing itself: compiled with less optimization
add_library(replearn_flags INTERFACE)
add_library(replearn::flags ALIAS replearn_flags)
set_target_properties(replearn_flags PROPERTIES EXPORT_NAME flags)
target_compile_features(replearn_flags INTERFACE cxx_std_20)
# Eigen's allocation and deallocation depend on the widest vector type enabled by the compiler flags. A program compiled
# without our -march=native would free the library's memory in a different way, so all use the widest alignment.
target_compile_definitions(replearn_flags INTERFACE EIGEN_MAX_ALIGN_BYTES=64)

# -fopenmp-simd: `#pragma omp simd` without the OpenMP runtime (one thread per rank).
# No peeling for alignment: a vectorized sum must not depend on the address of its array, or the result would depend on
# the number of ranks.
add_library(replearn_build_flags INTERFACE)
# -pthread: cairo asks for it, and a precompiled header is of use only to sources compiled alike.
target_compile_options(replearn_build_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -fopenmp-simd -fno-math-errno -pthread)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(replearn_build_flags INTERFACE --param=vect-max-peeling-for-alignment=0)
  # Eight percent of the compile time otherwise goes into garbage collection, which Eigen triggers all the time.
  target_compile_options(replearn_build_flags INTERFACE --param=ggc-min-heapsize=400000)
  target_compile_options(replearn_build_flags INTERFACE -Wno-restrict)  # GCC 12 warns of overlaps in "a" + std::string
endif()
# GCC 12 warns of uninitialized values in its own AVX-512 intrinsics, which Eigen's reductions use (GCC bug 105593).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(replearn_build_flags INTERFACE -Wno-maybe-uninitialized)
  # With a precompiled header it also warns of the bounds in "a" + std::string (GCC bug 105651).
  target_compile_options(replearn_build_flags INTERFACE -Wno-stringop-overflow -Wno-stringop-overread -Wno-array-bounds)
endif()
if(REPLEARN_WARNINGS_AS_ERRORS)
  target_compile_options(replearn_build_flags INTERFACE -Werror)
endif()
if(REPLEARN_NATIVE)
  include(CheckCXXCompilerFlag)
  check_cxx_compiler_flag(-march=native REPLEARN_HAS_MARCH_NATIVE)
  if(REPLEARN_HAS_MARCH_NATIVE)
    target_compile_options(replearn_build_flags INTERFACE -march=native)
  endif()
elseif(REPLEARN_ARCHITECTURE)
  target_compile_options(replearn_build_flags INTERFACE -march=${REPLEARN_ARCHITECTURE} -mtune=generic)
endif()
if(REPLEARN_SANITIZE)
  target_compile_options(replearn_build_flags INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=undefined
                         -fno-omit-frame-pointer)
  target_link_options(replearn_build_flags INTERFACE -fsanitize=address,undefined)
  target_compile_definitions(replearn_build_flags INTERFACE _GLIBCXX_ASSERTIONS)  # bounds checks of vectors and spans
endif()

# Most sources include Eigen, which takes long to parse. A compiler cache saves more, and does not work with precompiled
# headers.
if(CMAKE_CXX_COMPILER_LAUNCHER)
  set(precompile OFF)
else()
  set(precompile ON)
endif()
option(REPLEARN_PRECOMPILED_HEADERS "Precompile the headers that most sources include" ${precompile})
# replearn_precompiled_headers(NAME [headers]): for replearn_precompile(TARGET NAME); the targets must be compiled alike.
function(replearn_precompiled_headers name)
  if(NOT REPLEARN_PRECOMPILED_HEADERS)
    return()
  endif()
  file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp CONTENT "")
  add_library(${name} OBJECT ${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp)
  target_link_libraries(${name} PRIVATE replearn_flags replearn_build_flags Eigen3::Eigen fmt::fmt)
  target_precompile_headers(${name} PRIVATE <algorithm> <cmath> <filesystem> <functional> <map> <memory> <optional> <span>
                            <string> <variant> <vector> <Eigen/Core> <fmt/core.h> ${ARGN})
endfunction()
function(replearn_precompile target name)
  if(REPLEARN_PRECOMPILED_HEADERS)
    target_precompile_headers(${target} REUSE_FROM ${name})
  endif()
endfunction()
replearn_precompiled_headers(replearn_precompiled_library)
if(REPLEARN_PRECOMPILED_HEADERS)
  set_target_properties(replearn_precompiled_library PROPERTIES POSITION_INDEPENDENT_CODE ON)
endif()

# What only connects methods and files spends no time of its own, and compiles in half the time without the costly
# optimizations. All of it is compiled alike, as position-independent code, for one precompiled header.
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  set(REPLEARN_GLUE_FLAGS -O1)
endif()
replearn_precompiled_headers(replearn_precompiled_glue)
if(REPLEARN_PRECOMPILED_HEADERS)
  target_compile_options(replearn_precompiled_glue PRIVATE ${REPLEARN_GLUE_FLAGS} -fPIC)
endif()
function(replearn_glue target)
  set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
  target_compile_options(${target} PRIVATE ${REPLEARN_GLUE_FLAGS} -fPIC)
  replearn_precompile(${target} replearn_precompiled_glue)
endfunction()

# Most of the time of a small source goes into templates that its neighbors instantiate as well, so a dozen are compiled
# together. Kernels (*_kernel.cpp), which Highway compiles once per instruction set, and sources with flags of their own
# are compiled alone.
option(REPLEARN_UNITY "Compile a dozen sources together" ON)
function(replearn_unity target folders)
  set_target_properties(${target} PROPERTIES UNITY_BUILD ${REPLEARN_UNITY} UNITY_BUILD_BATCH_SIZE 12)
  if(folders)
    set_target_properties(${target} PROPERTIES UNITY_BUILD_MODE GROUP)
  endif()
  get_target_property(sources ${target} SOURCES)
  foreach(source IN LISTS sources)
    cmake_path(GET source PARENT_PATH folder)
    set_source_files_properties(${source} PROPERTIES UNITY_GROUP "sources_${folder}")
    if(source MATCHES "_kernel\\.cpp$")
      set_source_files_properties(${source} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
    endif()
  endforeach()
endfunction()

function(replearn_module name)
  cmake_parse_arguments(MODULE "FOLDERS;GLUE" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  set(target replearn_${name})
  add_library(${target} STATIC ${MODULE_SOURCES})
  add_library(replearn::${name} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name} POSITION_INDEPENDENT_CODE ON)
  target_include_directories(${target} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/replearn>)
  target_link_libraries(${target} PUBLIC replearn_flags ${MODULE_PUBLIC}
                        PRIVATE $<BUILD_INTERFACE:replearn_build_flags> ${MODULE_PRIVATE})
  if(MODULE_GLUE)
    replearn_glue(${target})
  else()
    replearn_precompile(${target} replearn_precompiled_library)
  endif()
  replearn_unity(${target} ${MODULE_FOLDERS})
  set_property(GLOBAL APPEND PROPERTY REPLEARN_MODULES ${target})
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS RELATIVE ${CMAKE_CURRENT_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR}/*.hpp)
  file(RELATIVE_PATH here ${PROJECT_SOURCE_DIR}/src ${CMAKE_CURRENT_SOURCE_DIR})
  foreach(header IN LISTS headers)
    cmake_path(GET header PARENT_PATH folder)
    install(FILES ${header} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/replearn/${here}/${folder})
  endforeach()
endfunction()

# replearn_test(NAME SOURCES a.cpp ... MODULES module ... [RANKS 1 2 3 4] [TIMEOUT seconds])
# One GoogleTest program, run once per number of ranks. MODULES: the modules that it links.
function(replearn_test name)
  cmake_parse_arguments(TEST "" "TIMEOUT" "SOURCES;MODULES;RANKS" ${ARGN})
  if(NOT TEST_RANKS)
    set(TEST_RANKS 1 2 3 4)
  endif()
  if(NOT TEST_TIMEOUT)
    set(TEST_TIMEOUT 120)
  endif()
  set(target test_${name})
  add_executable(${target} ${TEST_SOURCES})
  list(TRANSFORM TEST_MODULES PREPEND replearn_)
  target_link_libraries(${target} PRIVATE replearn_test_support ${TEST_MODULES} replearn_build_flags)
  replearn_precompile(${target} replearn_precompiled_test)
  target_compile_definitions(${target} PRIVATE REPLEARN_TEST_DATA="${PROJECT_SOURCE_DIR}/tests/data")
  math(EXPR mpirun_timeout "${TEST_TIMEOUT} - 5")
  foreach(ranks IN LISTS TEST_RANKS)
    add_test(NAME ${name}.ranks${ranks}
             COMMAND ${MPIEXEC_EXECUTABLE} --timeout ${mpirun_timeout} ${MPIEXEC_NUMPROC_FLAG} ${ranks} $<TARGET_FILE:${target}>)
    set_tests_properties(${name}.ranks${ranks} PROPERTIES PROCESSORS ${ranks} TIMEOUT ${TEST_TIMEOUT}
                         ENVIRONMENT "${REPLEARN_MPI_TEST_ENVIRONMENT}" LABELS "ranks${ranks}")
  endforeach()
endfunction()

# For test machines: several ranks on few cores, as root in a container.
set(REPLEARN_MPI_TEST_ENVIRONMENT
    "OMPI_ALLOW_RUN_AS_ROOT=1;OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1;OMPI_MCA_rmaps_base_oversubscribe=1;OMPI_MCA_hwloc_base_binding_policy=none;OMPI_MCA_mpi_yield_when_idle=1;HDF5_USE_FILE_LOCKING=FALSE")
# Open MPI keeps some memory until the process ends, which would be reported as leaks.
if(REPLEARN_SANITIZE)
  list(APPEND REPLEARN_MPI_TEST_ENVIRONMENT ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=print_stacktrace=1)
endif()
