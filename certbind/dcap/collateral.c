#include "certbind/dcap/collateral.h"

#include <stdlib.h>

#include "certbind/dcap/collateral_build.h"

certbind_status certbind_valid_range_check(const struct certbind_valid_range *range, uint64_t now,
                                           struct certbind_error *err)
{
    if (now < range->from || now > range->until)
        return certbind_fail(err, range->code, "%s is valid from %llu to %llu, now is %llu",
                             range->what, (unsigned long long)range->from,
                             (unsigned long long)range->until, (unsigned long long)now);
    return CERTBIND_OK;
}

certbind_status certbind_collateral_check_dates(const struct certbind_collateral *collateral,
                                                uint64_t now, struct certbind_error *err)
{
    certbind_status status = CERTBIND_OK;

    if (now < CERTBIND_EARLIEST_NOW)
        return certbind_fail(err, CERTBIND_E_CLOCK_INVALID, "now is %llu", (unsigned long long)now);
    for (size_t i = 0; i < collateral->range_count && status == CERTBIND_OK; i++)
        status = certbind_valid_range_check(&collateral->range[i], now, err);
    return status;
}

certbind_status certbind_collateral_add_range(struct certbind_collateral_build *b,
                                              const struct certbind_valid_range *range)
{
    struct certbind_collateral *c = b->c;

    if (c->range_count == CERTBIND_COLLATERAL_DATES)
        return certbind_fail(b->err, CERTBIND_E_INTERNAL, "too many dated documents");
    c->range[c->range_count++] = *range;
    if (range->from > c->facts.valid_from)
        c->facts.valid_from = range->from;
    if (range->until < c->facts.valid_until)
        c->facts.valid_until = range->until;
    return certbind_valid_range_check(range, b->now, b->err);
}

certbind_status certbind_collateral_split_chain(struct certbind_collateral_build *b,
                                                const char *member, certbind_status code,
                                                struct certbind_pem *out)
{
    const char *text = certbind_json_string(b->bundle, member);
    const char *problem;

    *out = (struct certbind_pem){0};
    if (text == NULL)
        return certbind_fail(b->err, code, "%s is missing", member);
    problem = certbind_pem_split(certbind_text(text), out);
    if (problem != NULL)
        return certbind_fail(b->err, code, "%s: %s", member, problem);
    if (out->count != 2)
        return certbind_fail(b->err, code, "%s holds %zu certificates, not 2", member, out->count);
    if (!certbind_bytes_equal(out->der[1], b->c->root.der))
        return certbind_fail(b->err, CERTBIND_E_ROOT_CA_UNTRUSTED,
                             "%s ends in another root than the trusted one", member);
    return CERTBIND_OK;
}

static certbind_status build(struct certbind_collateral_build *b, struct certbind_bytes bundle,
                             struct certbind_bytes root_der)
{
    static const struct certbind_json_rules rules = {
        .max_bytes = CERTBIND_COLLATERAL_MAX_BYTES,
        .size = CERTBIND_E_COLLATERAL_MALFORMED,
        .encoding = CERTBIND_E_COLLATERAL_MALFORMED,
        .syntax = CERTBIND_E_COLLATERAL_MALFORMED,
    };
    struct certbind_json json;
    certbind_status status = certbind_json_parse(bundle, &rules, &json, b->err);

    if (status == CERTBIND_OK && !cJSON_IsObject(json.root))
        status = certbind_fail(b->err, CERTBIND_E_COLLATERAL_MALFORMED, "not a JSON object");
    b->bundle = json.root;
    if (status == CERTBIND_OK)
        status = certbind_collateral_take_trust(b, root_der);
    if (status == CERTBIND_OK)
        status = certbind_collateral_take_documents(b);
    certbind_certificate_cleanup(&b->signer);
    certbind_json_cleanup(&json);
    return status;
}

certbind_status certbind_collateral_new(struct certbind_bytes bundle,
                                        struct certbind_bytes root_der, uint64_t now,
                                        struct certbind_collateral **out,
                                        struct certbind_error *err)
{
    struct certbind_collateral_build b = {.now = now, .err = err};
    certbind_status status;

    *out = NULL;
    if (now < CERTBIND_EARLIEST_NOW)
        return certbind_fail(err, CERTBIND_E_CLOCK_INVALID, "now is %llu", (unsigned long long)now);
    b.c = calloc(1, sizeof *b.c);
    if (b.c == NULL)
        return certbind_fail(err, CERTBIND_E_MEMORY, "memory ran out");
    b.c->facts.valid_until = UINT64_MAX;
    status = build(&b, bundle, root_der);
    if (status != CERTBIND_OK) {
        certbind_collateral_free(b.c);
        return status;
    }
    *out = b.c;
    return CERTBIND_OK;
}

void certbind_collateral_free(struct certbind_collateral *collateral)
{
    if (collateral == NULL)
        return;
    certbind_certificate_cleanup(&collateral->root);
    certbind_certificate_cleanup(&collateral->pck_ca);
    certbind_crl_cleanup(&collateral->root_crl);
    certbind_crl_cleanup(&collateral->pck_crl);
    certbind_tcb_info_cleanup(&collateral->tcb_info);
    certbind_qe_identity_cleanup(&collateral->qe_identity);
    free(collateral);
}

const struct certbind_collateral_facts *
certbind_collateral_facts(const struct certbind_collateral *collateral)
{
    return &collateral->facts;
}
