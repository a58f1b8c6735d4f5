# devproof: its commands, the local proxy, and far sides that are not what they claim.
devproof_script_test(integration.client TIMEOUT 240
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/test_client.py)
devproof_script_test(integration.shim TIMEOUT 240
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/test_shim.py)
devproof_script_test(integration.quote_v5 TIMEOUT 120
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/test_quote_v5.py)
devproof_script_test(integration.measurements TIMEOUT 120
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/test_measurements.py)
devproof_script_test(integration.tcb_status TIMEOUT 120
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/test_tcb_status.py)
devproof_script_test(integration.offline TIMEOUT 60
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/test_offline.py)
devproof_script_test(integration.cert_verify TIMEOUT 60
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/test_cert_verify.py)
devproof_script_test(integration.client_attacks TIMEOUT 240
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/test_client_attacks.py)
