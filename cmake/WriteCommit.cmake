# Called with GIT, SOURCE, COMMIT and HEADER, see ReplearnVersion.cmake.
cmake_minimum_required(VERSION 3.25)
if(NOT COMMIT AND GIT AND EXISTS ${SOURCE}/.git)
  execute_process(COMMAND ${GIT} -C ${SOURCE} describe --always --dirty=-modified --abbrev=12 --exclude=*
                  OUTPUT_VARIABLE COMMIT OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
if(NOT COMMIT AND EXISTS ${SOURCE}/COMMIT)  # of an sdist, by packaging/release.sh
  file(STRINGS ${SOURCE}/COMMIT COMMIT LIMIT_COUNT 1)
endif()
if(NOT COMMIT)
  set(COMMIT "unknown")
endif()
file(CONFIGURE OUTPUT ${HEADER} CONTENT "#define REPLEARN_COMMIT \"@COMMIT@\"\n" @ONLY)
