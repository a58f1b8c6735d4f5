#include "tests/simulator/extension.h"

#include "tests/simulator/der.h"

struct sim_extension sim_extension_open(struct sim_buffer *b, struct certbind_bytes oid,
                                        bool critical)
{
    struct sim_extension e = {.outer = sim_der_open(b, SIM_DER_SEQUENCE)};

    sim_der_put_oid(b, oid);
    if (critical)
        sim_der_put_boolean(b, true);
    e.value = sim_der_open(b, SIM_DER_OCTET_STRING);
    return e;
}

struct sim_extension sim_extension_open_standard(struct sim_buffer *b, uint8_t arc, bool critical)
{
    uint8_t oid[] = {0x55, 0x1d, arc};

    return sim_extension_open(b, certbind_bytes(oid, sizeof oid), critical);
}

void sim_extension_close(struct sim_buffer *b, struct sim_extension e)
{
    sim_der_close(b, e.value);
    sim_der_close(b, e.outer);
}

void sim_extension_put_dstack(struct sim_buffer *b, uint8_t arc, struct certbind_bytes payload)
{
    uint8_t oid[] = {0x2b, 0x06, 0x01, 0x04, 0x01, 0x83, 0xe7, 0x3d, 0x01, arc};
    struct sim_extension e = sim_extension_open(b, certbind_bytes(oid, sizeof oid), false);

    sim_der_put(b, SIM_DER_OCTET_STRING, payload);
    sim_extension_close(b, e);
}
