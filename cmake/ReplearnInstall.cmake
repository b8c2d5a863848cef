# `cmake --install` installs the program and a CMake package: find_package(replearn COMPONENTS pca), link replearn::pca.
include(CMakePackageConfigHelpers)
get_property(modules GLOBAL PROPERTY REPLEARN_MODULES)
install(TARGETS ${modules} replearn_flags EXPORT replearnTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT replearnTargets NAMESPACE replearn:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/replearn)
install(TARGETS replearn RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
list(TRANSFORM modules REPLACE "^replearn_" "" OUTPUT_VARIABLE REPLEARN_MODULE_NAMES)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/replearnConfig.cmake.in
  ${CMAKE_CURRENT_BINARY_DIR}/replearnConfig.cmake INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/replearn)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/replearnConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/replearnConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/replearnConfigVersion.cmake
        ${CMAKE_CURRENT_LIST_DIR}/ReplearnLibraries.cmake
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/replearn)
