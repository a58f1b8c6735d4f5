# The program: what talks to the guest agent, makes evidence and serves it.
add_library(gateway_program STATIC
  access_log.c
  acme/challenges.c
  acme/issue.c
  acme/keeper.c
  acme/serve.c
  acme/transport.c
  admin.c
  agent_api.c
  agent_http.c
  agent_meter.c
  agent_reply.c
  agent_request.c
  agent_result.c
  answer.c
  bucket.c
  ca_file.c
  chain_file.c
  chain_keeper.c
  client_table.c
  collateral/fetch.c
  collateral/keeper.c
  confinement.c
  control.c
  control_acme.c
  csr.c
  endpoint.c
  engine.c
  evidence.c
  evidence_serve.c
  guest_agent.c
  handover/giver.c
  handover/meeting.c
  handover/packet.c
  handover/taker.c
  health.c
  histogram.c
  identity.c
  limits.c
  memory.c
  metrics.c
  metrics_text.c
  names.c
  nonce_serve.c
  notify.c
  options.c
  process.c
  process_usage.c
  program.c
  provision.c
  quote_batch.c
  quote_check.c
  quote_desk.c
  quote_ticket.c
  quoted.c
  readiness.c
  ready_file.c
  renewal.c
  schedule.c
  self_check.c
  serve.c
  sockets.c
  statement.c
  succession.c
  stream_serve.c
  traffic.c
  traffic_code.c
  upstream_attested/attested.c
  upstream_tls.c
  watchdog.c)
set_source_files_properties(metrics.c statement.c main.c PROPERTIES
  COMPILE_DEFINITIONS "${DEVPROOF_VERSION_DEFINITIONS}")
target_link_libraries(gateway_program PRIVATE project_options
  PUBLIC gateway_config gw_core sandbox certbind ratls attested_proof)

add_executable(devproof-gateway main.c)
target_link_libraries(devproof-gateway PRIVATE project_options gateway_program)
install(TARGETS devproof-gateway RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
