devproof_unit_test(endpoint SOURCES test_endpoint.c LIBS gateway_program)
devproof_unit_test(agent_api SOURCES test_agent_api.c LIBS gateway_program)
devproof_unit_test(guest_agent SOURCES test_guest_agent.c LIBS gateway_program)
devproof_unit_test(metrics SOURCES test_metrics.c LIBS gateway_program)
devproof_unit_test(watchdog SOURCES test_watchdog.c LIBS gateway_program)
devproof_unit_test(process SOURCES test_process.c LIBS gateway_program)
devproof_unit_test(quote_batch SOURCES test_quote_batch.c LIBS gateway_program)
devproof_unit_test(schedule SOURCES test_schedule.c LIBS gateway_program)
devproof_unit_test(agent_reply SOURCES test_agent_reply.c LIBS gateway_program)

# With a simulated machine on the test's own loop.
devproof_unit_test(quote_desk SOURCES test_quote_desk.c desk_world.c agent_world.c
  LIBS gateway_program simulator)
foreach(test control quote_check serve)
  devproof_unit_test(${test} SOURCES test_${test}.c agent_world.c LIBS gateway_program simulator)
endforeach()
devproof_unit_test(readiness SOURCES test_readiness.c LIBS gateway_program)
devproof_unit_test(chain_file SOURCES test_chain_file.c LIBS gateway_program)
target_sources(test_serve PRIVATE http2_get.c)
