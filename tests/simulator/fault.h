/*
 * fault: the ways in which the simulated guest agent misbehaves on request (--fail).
 */
#ifndef SIM_FAULT_H
#define SIM_FAULT_H

#include <stdbool.h>
#include <stddef.h>

/* X(symbol, "name in the path"): the methods of both APIs */
#define SIM_METHOD_LIST(X)                                                                         \
    X(SIM_GET_KEY, "GetKey")                                                                       \
    X(SIM_GET_TLS_KEY, "GetTlsKey")                                                                \
    X(SIM_GET_QUOTE, "GetQuote")                                                                   \
    X(SIM_ATTEST, "Attest")                                                                        \
    X(SIM_INFO, "Info")                                                                            \
    X(SIM_GPU_INFO, "GpuInfo")                                                                     \
    X(SIM_SIGN, "Sign")                                                                            \
    X(SIM_VERIFY, "Verify")                                                                        \
    X(SIM_VERSION, "Version")                                                                      \
    X(SIM_EMIT_EVENT, "EmitEvent")                                                                 \
    X(SIM_DERIVE_KEY, "DeriveKey")                                                                 \
    X(SIM_DERIVE_K256_KEY, "DeriveK256Key")                                                        \
    X(SIM_TDX_QUOTE, "TdxQuote")                                                                   \
    X(SIM_RAW_QUOTE, "RawQuote")

enum sim_method {
#define X(symbol, name) symbol,
    SIM_METHOD_LIST(X)
#undef X
        SIM_METHOD_COUNT,
    SIM_NO_METHOD = SIM_METHOD_COUNT
};

/* X(symbol, "name") */
#define SIM_FAULT_LIST(X)                                                                          \
    X(SIM_FAULT_NONE, "none")           /* works */                                                \
    X(SIM_FAULT_ERROR, "error")         /* 400 with an error text, as the agent refuses */         \
    X(SIM_FAULT_500, "500")             /* 500 with an error text */                               \
    X(SIM_FAULT_TRUNCATED, "truncated") /* half of the promised body, then the end */              \
    X(SIM_FAULT_HANG, "hang")           /* no answer, the connection stays open */                 \
    X(SIM_FAULT_GARBAGE, "garbage")     /* 200 with bytes that are no JSON */                      \
    X(SIM_FAULT_CLOSE, "close")         /* the end, without an answer */

enum sim_fault {
#define X(symbol, name) symbol,
    SIM_FAULT_LIST(X)
#undef X
};

enum { SIM_FAULT_RULES = 16 };

struct sim_fault_rule {
    enum sim_method method; /* SIM_NO_METHOD: any */
    enum sim_fault fault;
    bool counted;
    unsigned long left; /* calls still to fail, when counted */
};

struct sim_faults {
    struct sim_fault_rule rules[SIM_FAULT_RULES];
    size_t count;
};

/** Returns: the method of that name, as in the path; SIM_NO_METHOD for none. */
enum sim_method sim_method_of(const char *name);

/** Add a rule METHOD:KIND[:COUNT]. Returns: whether it is one and there is room. */
bool sim_faults_add(struct sim_faults *faults, const char *text);

/** Returns: the fault of the first rule for this call, which uses it up by one. */
enum sim_fault sim_faults_take(struct sim_faults *faults, enum sim_method method);

#endif
