# The pure HTTP part of the engine: bytes in, bytes and a decision out.
add_library(gw_http1 STATIC
  address.c
  client_hello.c
  head_block.c
  http1_answer.c
  http1_body.c
  http1_fields.c
  http1_forward.c
  http1_message.c
  http1_path.c
  http1_request.c
  http1_response.c
  http1_scan.c
  http2_request.c
  network.c
  object_pool.c
  proxy_protocol.c
  request_context.c
  server_name.c
  str.c)
target_link_libraries(gw_http1 PRIVATE project_options PUBLIC devproof_llhttp)
target_include_directories(gw_http1 PUBLIC ${PROJECT_SOURCE_DIR})
