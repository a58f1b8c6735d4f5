target_sources(certbind PRIVATE
  dcap/quote.c
  dcap/tcb_status.c)
