devproof_fuzz_target(http1_request SOURCE fuzz_http1_request.c LIBS gw_http1)
devproof_fuzz_target(http1_response SOURCE fuzz_http1_response.c LIBS gw_http1)
devproof_fuzz_target(http1_path SOURCE fuzz_http1_path.c LIBS gw_http1)
devproof_fuzz_target(http2_session SOURCE fuzz_http2_session.c LIBS gw_core)
