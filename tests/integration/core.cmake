# The engine alone: the program tests/bench/core_proxy between raw clients and scripted backends.
foreach(name balance chaos checks flow http1 life names proof retire timeouts tunnel upstream websocket)
  devproof_script_test(integration.core_${name}
    COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/core_${name}.py)
endforeach()
