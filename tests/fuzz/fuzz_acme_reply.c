/* JSON of an ACME server as each of the answers that are read; what is told may be signed. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "gateway/acme/reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct certbind_bytes body = certbind_bytes(data, size);
    struct acme_directory directory;
    struct acme_order order;
    struct acme_authorization a;
    struct acme_problem problem;

    if (acme_directory_parse(body, &directory))
        assert(acme_url_ok(directory.new_nonce) && acme_url_ok(directory.new_account) &&
               acme_url_ok(directory.new_order) && strpbrk(directory.caa, "\"; ") == NULL);
    if (acme_order_parse(body, &order)) {
        assert(acme_url_ok(order.finalize) && order.authorizations_count > 0);
        for (size_t i = 0; i < order.authorizations_count; i++)
            assert(acme_url_ok(order.authorizations[i]));
    }
    if (acme_authorization_parse(body, "http-01", &a) && a.url[0] != '\0')
        assert(acme_url_ok(a.url) && acme_base64url_ok(a.token, sizeof a.token));
    if (acme_problem_parse(body, &problem))
        assert(problem.type[0] != '\0');
    return 0;
}
