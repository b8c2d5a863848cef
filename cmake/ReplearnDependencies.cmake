# Dependencies for building replearn. jobs/install_packages.sh lists the Debian packages.
set(REPLEARN_NEEDS_FILES ON)
set(REPLEARN_NEEDS_FIGURES ON)
include(${CMAKE_CURRENT_LIST_DIR}/ReplearnLibraries.cmake)
find_package(Boost 1.74 REQUIRED COMPONENTS program_options)
find_path(LZF_INCLUDE_DIR lzf.h PATH_SUFFIXES liblzf REQUIRED)
find_library(LZF_LIBRARY lzf REQUIRED)
find_path(LIBZIP_INCLUDE_DIR zip.h REQUIRED)
find_library(LIBZIP_LIBRARY zip REQUIRED)
find_path(RANDOM123_INCLUDE_DIR Random123/philox.h REQUIRED)
find_path(CBLAS_INCLUDE_DIR cblas.h PATH_SUFFIXES openblas-serial openblas-pthread x86_64-linux-gnu aarch64-linux-gnu REQUIRED)
# pocketfft, a header under the BSD license, is in third_party/; not in Debian 12.
add_library(replearn_pocketfft INTERFACE)
target_include_directories(replearn_pocketfft SYSTEM INTERFACE ${PROJECT_SOURCE_DIR}/third_party/pocketfft)
