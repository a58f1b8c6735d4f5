devproof_fuzz_target(compose SOURCE fuzz_compose.c LIBS certbind_compose)
