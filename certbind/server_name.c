#include "certbind/server_name.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

enum { MAX_LABEL = 63 };

bool certbind_server_name_ok(struct certbind_bytes name)
{
    size_t label = 0;

    if (name.len == 0 || name.len > CERTBIND_SERVER_NAME_MAX)
        return false;
    for (size_t i = 0; i < name.len; i++) {
        const uint8_t c = name.data[i];

        if (c == '.') {
            if (label == 0)
                return false;
            label = 0;
            continue;
        }
        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-')
            return false;
        if (++label > MAX_LABEL)
            return false;
    }
    return label > 0;
}

bool certbind_server_name_from_sni(struct certbind_bytes sni, char out[CERTBIND_SERVER_NAME_ROOM])
{
    out[0] = '\0';
    if (sni.len > CERTBIND_SERVER_NAME_MAX)
        return false;
    for (size_t i = 0; i < sni.len; i++) {
        const uint8_t c = sni.data[i];

        out[i] = (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
    }
    out[sni.len] = '\0';
    if (!certbind_server_name_ok(certbind_bytes(out, sni.len))) {
        out[0] = '\0';
        return false;
    }
    return true;
}

bool certbind_server_name_matches(const char *pattern, const char *name)
{
    return strcmp(pattern, "*") == 0 || (name[0] != '\0' && strcmp(pattern, name) == 0);
}

bool certbind_is_ip_address(const char *text)
{
    ASN1_OCTET_STRING *address = a2i_IPADDRESS(text);
    bool ok = address != NULL;

    ASN1_OCTET_STRING_free(address);
    ERR_clear_error();
    return ok;
}
