# devproof: its commands, the local proxy, and far sides that are not what they claim.
devproof_script_test(integration.client
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/test_client.py)
devproof_script_test(integration.shim
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/test_shim.py)
devproof_script_test(integration.websocket
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/test_websocket.py)
devproof_script_test(integration.shim_tcp
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/test_shim_tcp.py)
devproof_script_test(integration.shim_proxy
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/test_shim_proxy.py)
devproof_script_test(integration.shim_replicas
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/test_shim_replicas.py)
devproof_script_test(integration.collateral_sources
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/test_collateral_sources.py)
devproof_script_test(integration.archive
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/test_archive.py)
devproof_script_test(integration.report_schema
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/test_report_schema.py)
devproof_script_test(integration.policy_check
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/test_policy_check.py)
devproof_script_test(integration.completion
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/test_completion.py)
devproof_script_test(integration.install
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/test_install.py)
devproof_script_test(integration.quote_v5
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/test_quote_v5.py)
devproof_script_test(integration.measurements
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/test_measurements.py)
devproof_script_test(integration.tcb_status
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/test_tcb_status.py)
devproof_script_test(integration.offline
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/test_offline.py)
devproof_script_test(integration.cert_verify
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/test_cert_verify.py)
devproof_script_test(integration.client_shown
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/test_client_shown.py)
devproof_script_test(integration.client_attacks
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/test_client_attacks.py)
devproof_script_test(integration.client_quotes
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/test_client_quotes.py)
devproof_script_test(integration.compose_policy
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/test_compose_policy.py)
devproof_script_test(integration.clock_jumps
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/test_clock_jumps.py)
devproof_script_test(integration.slow_clients TIMEOUT 400
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/test_slow_clients.py)
devproof_script_test(integration.renewal_load
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/test_renewal_load.py)
