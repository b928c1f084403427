# Helpers that keep every room alike: one static library per room, one test program per room.

add_library(syncer_options INTERFACE)
target_compile_options(syncer_options INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Werror)
# g++ 12 warns wrongly when it optimizes: of an overlap in std::string's operator+ (GCC bug 105651), and
# of coroutine frames that Asio allocates and frees through a pair of operators of its own.
target_compile_options(syncer_options INTERFACE
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict -Wno-mismatched-new-delete>)
target_compile_definitions(syncer_options INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION
  BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_BOOST_COROUTINE SPDLOG_FMT_EXTERNAL
  SYNCER_VERSION="${PROJECT_VERSION}")
target_link_libraries(syncer_options INTERFACE Threads::Threads Boost::headers)
# Line numbers are all that a sanitizer's report needs; the rest of -g costs a tenth of the build.
if(SYNCER_SANITIZE)
  target_compile_options(syncer_options INTERFACE
    -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -Og -g1)
  target_link_options(syncer_options INTERFACE -fsanitize=address,undefined)
endif()
if(SYNCER_FUZZ)
  target_compile_options(syncer_options INTERFACE -fsanitize=fuzzer-no-link,address,undefined)
  target_link_options(syncer_options INTERFACE -fsanitize=address,undefined)
endif()

# Include roots: "core/clock.h" is found through build/include/<room>/ -> one link per room, so a
# room sees the headers of the rooms it links to and of no others.
function(syncer_include_root target room dir)
  set(root "${CMAKE_BINARY_DIR}/include/${room}")
  file(MAKE_DIRECTORY "${root}")
  if(NOT EXISTS "${root}/${room}")
    file(CREATE_LINK "${dir}" "${root}/${room}" SYMBOLIC)
  endif()
  get_target_property(type ${target} TYPE)
  if(type STREQUAL "INTERFACE_LIBRARY")
    target_include_directories(${target} INTERFACE "${root}")
  else()
    target_include_directories(${target} PUBLIC "${root}")
  endif()
endfunction()

# syncer_room(<name> LINKS <targets...> [SOURCES <files...>]): the static library syncer_<name> from
# the .cc files of the current folder (but main.cc).
function(syncer_room name)
  cmake_parse_arguments(ARG "" "" "LINKS;SOURCES" ${ARGN})
  if(NOT ARG_SOURCES)
    file(GLOB ARG_SOURCES CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cc")
    list(FILTER ARG_SOURCES EXCLUDE REGEX "/main\\.cc$")
  endif()
  if(ARG_SOURCES)
    add_library(syncer_${name} STATIC ${ARG_SOURCES})
    target_link_libraries(syncer_${name} PUBLIC syncer_options ${ARG_LINKS})
  else()
    add_library(syncer_${name} INTERFACE)
    target_link_libraries(syncer_${name} INTERFACE syncer_options ${ARG_LINKS})
  endif()
  syncer_include_root(syncer_${name} ${name} "${CMAKE_CURRENT_SOURCE_DIR}")
endfunction()

# syncer_port(<room> <headers...>): the target syncer_port_<room> that shows these headers of the room.
function(syncer_port room)
  set(root "${CMAKE_BINARY_DIR}/include/port_${room}")
  file(MAKE_DIRECTORY "${root}/${room}")
  foreach(header ${ARGN})
    if(NOT EXISTS "${root}/${room}/${header}")
      file(CREATE_LINK "${CMAKE_SOURCE_DIR}/src/${room}/${header}" "${root}/${room}/${header}" SYMBOLIC)
    endif()
  endforeach()
  add_library(syncer_port_${room} INTERFACE)
  target_include_directories(syncer_port_${room} INTERFACE "${root}")
  target_link_libraries(syncer_port_${room} INTERFACE syncer_core)
endfunction()

# syncer_test(<name> LINKS <targets...> [LABELS <labels>]): program <name>_test from the *_test.cc
# files of the current folder.
function(syncer_test name)
  cmake_parse_arguments(ARG "" "" "LINKS;LABELS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*_test.cc")
  if(NOT sources)
    return()
  endif()
  add_executable(${name}_test ${sources})
  target_link_libraries(${name}_test PRIVATE ${ARG_LINKS} syncer_options GTest::gmock GTest::gtest
    GTest::gmock_main)
  add_test(NAME ${name} COMMAND ${name}_test)
  set_tests_properties(${name} PROPERTIES TIMEOUT 600 LABELS "${ARG_LABELS}")
endfunction()
