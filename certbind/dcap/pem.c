#include "certbind/dcap/pem.h"

#include <stdlib.h>
#include <string.h>

#include "certbind/hex.h"

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void skip_blanks(struct certbind_reader *r)
{
    while (certbind_reader_left(r) > 0 && is_blank(*r->at))
        (void)certbind_read_u8(r);
}

/* Whether the next characters are `-----<word> <label>-----`; they are consumed then. */
static bool skip_line(struct certbind_reader *r, const char *word, const char *label)
{
    const char *const parts[] = {"-----", word, " ", label, "-----"};

    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        struct certbind_bytes expected = certbind_text(parts[i]);

        if (!certbind_bytes_equal(certbind_read(r, expected.len), expected))
            return false;
    }
    return true;
}

/* Copy the base64 characters up to the next '-' to out, without the line breaks. */
static size_t copy_body(struct certbind_reader *r, uint8_t *out)
{
    size_t len = 0;

    while (certbind_reader_left(r) > 0 && *r->at != '-') {
        uint8_t c = certbind_read_u8(r);

        if (c != '\r' && c != '\n')
            out[len++] = c;
    }
    return len;
}

static const char *read_blocks(struct certbind_reader *r, const char *label,
                               struct certbind_pem *out)
{
    uint8_t *room = out->memory;

    for (skip_blanks(r); certbind_reader_left(r) > 0; skip_blanks(r)) {
        size_t len;

        if (out->count == CERTBIND_PEM_MAX_CERTIFICATES)
            return "too many PEM blocks";
        if (!skip_line(r, "BEGIN", label))
            return "something other than PEM blocks of the expected kind";
        len = copy_body(r, room);
        if (!skip_line(r, "END", label))
            return "a PEM block without its end";
        if (!certbind_base64_decode(certbind_bytes(room, len), room, len, &len) || len == 0)
            return "a PEM block that is not base64";
        out->der[out->count++] = certbind_bytes(room, len);
        room += len;
    }
    return out->count > 0 ? NULL : "no PEM block";
}

static const char *split(struct certbind_bytes text, const char *label, struct certbind_pem *out)
{
    struct certbind_reader r;
    const char *problem;

    *out = (struct certbind_pem){0};
    if (text.len > CERTBIND_PEM_MAX_BYTES)
        return "too long for a certificate chain";
    while (text.len > 0 && text.data[text.len - 1] == 0)
        text.len--;
    out->memory = malloc(text.len + 1);
    if (out->memory == NULL)
        return "memory ran out";
    certbind_reader_init(&r, text);
    problem = read_blocks(&r, label, out);
    if (problem != NULL)
        certbind_pem_cleanup(out);
    return problem;
}

const char *certbind_pem_split(struct certbind_bytes text, struct certbind_pem *out)
{
    return split(text, "CERTIFICATE", out);
}

const char *certbind_pem_one(struct certbind_bytes text, const char *label,
                             struct certbind_pem *out)
{
    const char *problem = split(text, label, out);

    if (problem == NULL && out->count != 1) {
        certbind_pem_cleanup(out);
        return "more than one PEM block";
    }
    return problem;
}

void certbind_pem_cleanup(struct certbind_pem *pem)
{
    free(pem->memory);
    *pem = (struct certbind_pem){0};
}
