# Dependencies for building replearn. jobs/install_packages.sh lists the Debian packages.
include(${CMAKE_CURRENT_LIST_DIR}/ReplearnLibraries.cmake)
find_package(Boost 1.74 REQUIRED COMPONENTS program_options)
find_path(LZF_INCLUDE_DIR lzf.h PATH_SUFFIXES liblzf REQUIRED)
find_library(LZF_LIBRARY lzf REQUIRED)
find_path(LIBZIP_INCLUDE_DIR zip.h REQUIRED)
find_library(LIBZIP_LIBRARY zip REQUIRED)
find_path(RANDOM123_INCLUDE_DIR Random123/philox.h REQUIRED)
find_path(CBLAS_INCLUDE_DIR cblas.h PATH_SUFFIXES openblas-serial openblas-pthread x86_64-linux-gnu aarch64-linux-gnu REQUIRED)
