# The program: what talks to the guest agent, makes evidence and serves it.
add_library(gateway_program STATIC
  acme/challenges.c
  acme/issue.c
  acme/keeper.c
  acme/serve.c
  acme/tally.c
  acme/transport.c
  admin/admin.c
  admin/health.c
  agent/api.c
  agent/guest_agent.c
  agent/http.c
  agent/meter.c
  agent/reply.c
  agent/request.c
  agent/result.c
  collateral/fetch.c
  collateral/keeper.c
  config/names.c
  control/acme.c
  control/control.c
  control/readiness.c
  control/renewal.c
  control/schedule.c
  csr.c
  evidence/endpoint.c
  evidence/evidence.c
  evidence/quote_batch.c
  evidence/quote_check.c
  evidence/quote_desk.c
  evidence/quote_ticket.c
  evidence/quoted.c
  evidence/self_check.c
  evidence/statement.c
  handover/giver.c
  handover/meeting.c
  handover/packet.c
  handover/taker.c
  identity/chain_file.c
  identity/chain_keeper.c
  identity/identity.c
  lifetime/confinement.c
  lifetime/ending.c
  lifetime/notify.c
  lifetime/process.c
  lifetime/provision.c
  lifetime/ready_file.c
  lifetime/sockets.c
  lifetime/standard_files.c
  lifetime/succession.c
  lifetime/watchdog.c
  limits/bucket.c
  limits/client_table.c
  limits/limits.c
  limits/memory.c
  metrics/histogram.c
  metrics/metrics.c
  metrics/process_usage.c
  metrics/text.c
  metrics/traffic.c
  metrics/traffic_code.c
  options.c
  program.c
  serve/access_log.c
  serve/answer.c
  serve/ca_file.c
  serve/clients.c
  serve/crl_file.c
  serve/engine.c
  serve/evidence.c
  serve/nonce.c
  serve/pem_file.c
  serve/serve.c
  serve/stream.c
  serve/upstream_tls.c
  upstream_attested/attested.c)
set_source_files_properties(metrics/metrics.c evidence/statement.c main.c PROPERTIES
  COMPILE_DEFINITIONS "${DEVPROOF_VERSION_DEFINITIONS}")
target_link_libraries(gateway_program PRIVATE project_options
  PUBLIC gateway_config gw_core sandbox certbind ratls attested_proof)

add_executable(devproof-gateway main.c)
target_link_libraries(devproof-gateway PRIVATE project_options gateway_program)
install(TARGETS devproof-gateway RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
