/*
 * json_shape: checks a JSON document that people write against a table of its keys.
 *
 * The policy file and the gateway's configuration share it. The text is JSON with comments
 * (blanked in place, newlines kept, so that problems keep their line). Everything that is wrong is
 * reported at once, each problem with the path of the key and its line: unknown keys, duplicate
 * keys, wrong types, values out of range, missing keys, trailing text. Missing keys that have a
 * default are filled in, so that whoever reads the tree afterwards finds every key. Pure.
 */
#ifndef CERTBIND_JSON_SHAPE_H
#define CERTBIND_JSON_SHAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "certbind/bytes.h"
#include "certbind/json.h"
#include "certbind/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum certbind_shape_type {
    CERTBIND_SHAPE_OBJECT, /* its members are the entries below its path */
    CERTBIND_SHAPE_MAP,    /* members with names of the writer's choice: entry "path.*" */
    CERTBIND_SHAPE_ARRAY,  /* elements: entry "path[]"; min..max elements; or one of choices */
    CERTBIND_SHAPE_STRING, /* min..max bytes */
    CERTBIND_SHAPE_ENUM,   /* one of choices */
    CERTBIND_SHAPE_HEX,    /* lowercase hex of min..max bytes */
    CERTBIND_SHAPE_INTEGER,
    CERTBIND_SHAPE_AUTO_INTEGER, /* the text "auto" or an integer */
    CERTBIND_SHAPE_BOOLEAN,
    CERTBIND_SHAPE_DOCUMENT /* an object that a table of its own describes; the caller checks it */
};

struct certbind_shape {
    const char *path; /* "", "a", "a.b", "a[]", "a[].b", "a.*", "a.*.b" */
    enum certbind_shape_type type;
    const char *fallback; /* JSON text of the default; NULL: none */
    bool required;        /* without a fallback: must stand there */
    int64_t min, max;
    const char *choices; /* of an enum, or instead of an array: separated by '|' */
    const char *meaning; /* for --help, schema and docs */
};

struct certbind_problem {
    char path[96];
    size_t line;
    char text[160];
};

enum { CERTBIND_MAX_PROBLEMS = 64 };

/* All that is wrong with a document; more than fit are counted but not kept. */
struct certbind_problems {
    struct certbind_problem list[CERTBIND_MAX_PROBLEMS];
    size_t count;
};

struct certbind_shape_document {
    struct certbind_json json;
    char *text; /* without comments; owned */
    size_t text_len;
};

/**
 * Parse and check a document.
 *
 * Returns: CERTBIND_OK            problems->count is 0 and every key has its value
 *          CERTBIND_E_MALFORMED   problems says what is wrong
 *          CERTBIND_E_MEMORY
 * In:      text, table            borrowed; the table ends with an entry whose path is NULL
 * Out:     document               to be given to _cleanup, also after a refusal
 *          problems               added to
 */
CERTBIND_MUST_CHECK certbind_status certbind_shape_parse(struct certbind_bytes text,
                                                         const struct certbind_shape *table,
                                                         struct certbind_shape_document *document,
                                                         struct certbind_problems *problems);

/** Free a document. Accepts a zeroed one. */
void certbind_shape_cleanup(struct certbind_shape_document *document);

/** Add a problem that only the caller can see. item: the value it is about, NULL for the whole. */
void certbind_problem_add(struct certbind_problems *problems,
                          const struct certbind_shape_document *document, const cJSON *item,
                          const char *path, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

#ifdef __cplusplus
}
#endif

#endif
