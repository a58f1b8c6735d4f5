foreach(name cert_extension event_log statement policy binding_reply attestation app_info dice)
  devproof_fuzz_target(${name} SOURCE fuzz_${name}.c LIBS certbind)
endforeach()
