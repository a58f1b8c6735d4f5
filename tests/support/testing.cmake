# How tests are declared: one function for each kind, so that labels, timeouts and environment
# are the same everywhere. Timeouts end what hangs; none is near what a test takes on a busy machine.

pkg_check_modules(CMOCKA IMPORTED_TARGET cmocka)

set(DEVPROOF_TEST_ENV
  "ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1:abort_on_error=0"
  "UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1"
  "TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1"
  "DEVPROOF_FIXTURES=${PROJECT_SOURCE_DIR}/tests/fixtures"
  "DEVPROOF_SOURCE_DIR=${PROJECT_SOURCE_DIR}"
  "DEVPROOF_BUILD_DIR=${PROJECT_BINARY_DIR}")

# devproof_unit_test(NAME SOURCES a.c ... LIBS target ... [TIMEOUT seconds])
# registers the cmocka program NAME as the CTest unit.NAME
function(devproof_unit_test name)
  cmake_parse_arguments(T "" "TIMEOUT" "SOURCES;LIBS" ${ARGN})
  if(NOT T_TIMEOUT)
    set(T_TIMEOUT 120)
  endif()
  add_executable(test_${name} ${T_SOURCES})
  target_link_libraries(test_${name} PRIVATE project_options ${T_LIBS} PkgConfig::CMOCKA)
  add_test(NAME unit.${name} COMMAND test_${name})
  set_tests_properties(unit.${name} PROPERTIES LABELS unit TIMEOUT ${T_TIMEOUT}
    ENVIRONMENT "${DEVPROOF_TEST_ENV}")
endfunction()

# devproof_fuzz_target(NAME SOURCE file.c LIBS target ... [CORPUS folder])
# With DEVPROOF_FUZZ: a libFuzzer program fuzz_NAME. Otherwise the same file with a driver that
# replays the corpus. Either way the corpus is replayed as the CTest fuzz.NAME.
function(devproof_fuzz_target name)
  cmake_parse_arguments(T "" "SOURCE;CORPUS" "LIBS" ${ARGN})
  if(NOT T_CORPUS)
    set(T_CORPUS ${PROJECT_SOURCE_DIR}/tests/fuzz/corpus/${name})
  endif()
  add_executable(fuzz_${name} ${T_SOURCE})
  target_link_libraries(fuzz_${name} PRIVATE project_options ${T_LIBS})
  if(DEVPROOF_FUZZ)
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
    add_test(NAME fuzz.${name} COMMAND fuzz_${name} -runs=0 ${T_CORPUS})
  else()
    target_sources(fuzz_${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests/fuzz/replay.c)
    add_test(NAME fuzz.${name} COMMAND fuzz_${name} ${T_CORPUS})
  endif()
  set_tests_properties(fuzz.${name} PROPERTIES LABELS fuzz TIMEOUT 120
    ENVIRONMENT "${DEVPROOF_TEST_ENV}")
endfunction()

# devproof_script_test(NAME COMMAND interpreter script ... [LABEL label] [TIMEOUT seconds])
# Exit code 77 is a visible skip (see tests/allowed-skips.txt).
function(devproof_script_test name)
  cmake_parse_arguments(T "" "LABEL;TIMEOUT" "COMMAND" ${ARGN})
  if(NOT T_LABEL)
    set(T_LABEL integration)
  endif()
  if(NOT T_TIMEOUT)
    set(T_TIMEOUT 300)
  endif()
  add_test(NAME ${name} COMMAND ${T_COMMAND} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES LABELS ${T_LABEL} TIMEOUT ${T_TIMEOUT}
    SKIP_RETURN_CODE 77 ENVIRONMENT "${DEVPROOF_TEST_ENV};PYTHONPATH=${PROJECT_SOURCE_DIR}/tests/support;PYTHONDONTWRITEBYTECODE=1")
endfunction()
