devproof_fuzz_target(evidence_reply SOURCE fuzz_evidence_reply.c LIBS ratls devproof_llhttp)
devproof_fuzz_target(attested_tunnel SOURCE fuzz_attested_tunnel.c LIBS attested_proof)
devproof_fuzz_target(pcs_reply SOURCE fuzz_pcs_reply.c LIBS ratls)
devproof_fuzz_target(archive SOURCE fuzz_archive.c LIBS ratls)
