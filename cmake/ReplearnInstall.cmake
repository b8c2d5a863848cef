# `cmake --install` installs the program with configs, job scripts, man pages, completions and fonts, and a CMake package:
# find_package(replearn COMPONENTS pca), link replearn::pca. The tree may be moved as a whole. The component `program` is
# the program with its data, without the library; it becomes the Python package (pyproject.toml).
include(CMakePackageConfigHelpers)
get_property(modules GLOBAL PROPERTY REPLEARN_MODULES)
install(TARGETS ${modules} replearn_flags EXPORT replearnTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT replearnTargets NAMESPACE replearn:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/replearn)
install(TARGETS replearn RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT program)
list(TRANSFORM modules REPLACE "^replearn_" "" OUTPUT_VARIABLE REPLEARN_MODULE_NAMES)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/replearnConfig.cmake.in
  ${CMAKE_CURRENT_BINARY_DIR}/replearnConfig.cmake INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/replearn)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/replearnConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/replearnConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/replearnConfigVersion.cmake
        ${CMAKE_CURRENT_LIST_DIR}/ReplearnLibraries.cmake
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/replearn)

install(DIRECTORY ${PROJECT_SOURCE_DIR}/config ${PROJECT_SOURCE_DIR}/jobs DESTINATION ${CMAKE_INSTALL_DATADIR}/replearn
        COMPONENT program
        PATTERN install_packages.sh EXCLUDE PATTERN quickstart.* EXCLUDE PATTERN replearn.def EXCLUDE)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE ${PROJECT_SOURCE_DIR}/README.md ${PROJECT_SOURCE_DIR}/CHANGELOG.md
        DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES ${PROJECT_SOURCE_DIR}/third_party/pocketfft/LICENSE.md DESTINATION ${CMAKE_INSTALL_DOCDIR}/pocketfft)
install(FILES ${PROJECT_SOURCE_DIR}/share/completions/replearn.bash RENAME replearn
        DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions COMPONENT program)
install(FILES ${PROJECT_SOURCE_DIR}/share/completions/_replearn DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions
        COMPONENT program)

# For nodes without fonts. DejaVu's license permits copies.
find_path(REPLEARN_FONTS DejaVuSans.ttf PATHS /usr/share/fonts /usr/local/share/fonts
          PATH_SUFFIXES truetype/dejavu dejavu dejavu-sans-fonts TTF DOC "Folder of the DejaVu fonts that are installed as well")
if(REPLEARN_FONTS)
  install(FILES ${REPLEARN_FONTS}/DejaVuSans.ttf ${REPLEARN_FONTS}/DejaVuSans-Bold.ttf
                ${PROJECT_SOURCE_DIR}/share/fonts/fonts.conf DESTINATION ${CMAKE_INSTALL_DATADIR}/replearn/fonts COMPONENT program)
endif()

# Man pages are the program's help; a program that does not run here has none.
install(CODE "
  set(prefix \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}\")
  execute_process(COMMAND ${CMAKE_COMMAND} -DPROGRAM=\${prefix}/${CMAKE_INSTALL_BINDIR}/replearn -DVERSION=${PROJECT_VERSION}
                  -DFOLDER=\${prefix}/${CMAKE_INSTALL_MANDIR}/man1 -P ${CMAKE_CURRENT_LIST_DIR}/WriteManPages.cmake
                  RESULT_VARIABLE code)
  if(NOT code EQUAL 0)
    message(WARNING \"no man pages\")
  endif()" COMPONENT program)

# Inside `pip install`: the command `replearn` of the environment.
if(SKBUILD)
  install(PROGRAMS ${PROJECT_SOURCE_DIR}/packaging/command.py DESTINATION ${SKBUILD_SCRIPTS_DIR} RENAME replearn
          COMPONENT program)
endif()
