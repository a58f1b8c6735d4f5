foreach(name quote collateral sgx_extension)
  devproof_fuzz_target(${name} SOURCE fuzz_${name}.c LIBS certbind)
endforeach()
