# HTTP/2 the same way, frame by frame.
foreach(name abuse answer checks flow gateway hostile origin request servers websocket websocket_gateway
    websocket_upstream)
  devproof_script_test(integration.http2_${name}
    COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/test_http2_${name}.py)
endforeach()
foreach(name grpc grpc_gateway)
  devproof_script_test(integration.${name}
    COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/test_${name}.py)
endforeach()
# HTTP/1.1 row by row: raw bytes through the real program against a strict recording origin.
foreach(name framing forward gateway limits origin split stream)
  devproof_script_test(integration.http_${name}
    COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/test_http_${name}.py)
endforeach()
devproof_script_test(integration.framing
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/test_framing.py)
