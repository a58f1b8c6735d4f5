#include "certbind/json_shape.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "certbind/hex.h"
#include "certbind/json_comments.h"

enum { MAX_DOCUMENT = 1024 * 1024, MAX_PATH = 96 };

/* Duplicates are found by the checks here, which know where they stand. */
static const struct certbind_json_rules document_rules = {
    .max_bytes = MAX_DOCUMENT,
    .size = CERTBIND_E_MALFORMED,
    .encoding = CERTBIND_E_MALFORMED,
    .syntax = CERTBIND_E_MALFORMED,
    .allow_duplicates = true,
};

/* A check under way. `at` is the path with indexes and names, `in` the path as in the table. */
struct check {
    const struct certbind_shape *table;
    struct certbind_shape_document *document;
    struct certbind_problems *problems;
    certbind_status status;
};

struct place {
    char at[MAX_PATH];
    char in[MAX_PATH];
};

static size_t line_of(const struct certbind_shape_document *document, size_t offset)
{
    size_t line = 1;

    for (size_t i = 0; i < offset && i < document->text_len; i++)
        line += document->text[i] == '\n';
    return line;
}

void certbind_problem_add(struct certbind_problems *problems,
                          const struct certbind_shape_document *document, const cJSON *item,
                          const char *path, const char *fmt, ...)
{
    struct certbind_problem *p;
    va_list args;

    if (problems->count++ >= CERTBIND_MAX_PROBLEMS)
        return;
    p = &problems->list[problems->count - 1];
    (void)snprintf(p->path, sizeof p->path, "%s", path);
    p->line = item == NULL ? 1 : line_of(document, certbind_json_place(item));
    va_start(args, fmt);
    (void)vsnprintf(p->text, sizeof p->text, fmt, args);
    va_end(args);
}

#define PROBLEM(c, item, place, ...)                                                               \
    certbind_problem_add((c)->problems, (c)->document, item, (place)->at, __VA_ARGS__)

static const struct certbind_shape *find(const struct certbind_shape *table, const char *path)
{
    for (; table->path != NULL; table++)
        if (strcmp(table->path, path) == 0)
            return table;
    return NULL;
}

static bool is_choice(const char *choices, const char *text)
{
    size_t len = strlen(text);

    for (const char *at = choices; at != NULL; at = strchr(at, '|')) {
        at += *at == '|';
        if (strncmp(at, text, len) == 0 && (at[len] == '|' || at[len] == '\0'))
            return true;
    }
    return false;
}

/* Of one length, or of a range of lengths. */
static bool is_hex(const struct certbind_shape *s, const char *text)
{
    const size_t len = strlen(text);
    uint8_t ignored[256];

    return (int64_t)len >= 2 * s->min && (int64_t)len <= 2 * s->max && len <= 2 * sizeof ignored &&
           certbind_hex_decode(certbind_text(text), ignored, len / 2);
}

static void check_text(struct check *c, const struct certbind_shape *s, const cJSON *item,
                       const struct place *place)
{
    const char *text = cJSON_GetStringValue(item);
    size_t len = text == NULL ? 0 : strlen(text);

    if (text == NULL)
        PROBLEM(c, item, place, "must be a string");
    else if (s->type == CERTBIND_SHAPE_ENUM && !is_choice(s->choices, text))
        PROBLEM(c, item, place, "'%.40s' is none of %s", text, s->choices);
    else if (s->type == CERTBIND_SHAPE_STRING && ((int64_t)len < s->min || (int64_t)len > s->max))
        PROBLEM(c, item, place, "must be %lld to %lld bytes long", (long long)s->min,
                (long long)s->max);
    else if (s->type == CERTBIND_SHAPE_HEX && s->min == s->max && !is_hex(s, text))
        PROBLEM(c, item, place, "must be %lld bytes in lowercase hex", (long long)s->min);
    else if (s->type == CERTBIND_SHAPE_HEX && !is_hex(s, text))
        PROBLEM(c, item, place, "must be %lld to %lld bytes in lowercase hex", (long long)s->min,
                (long long)s->max);
}

static void check_integer(struct check *c, const struct certbind_shape *s, const cJSON *item,
                          const struct place *place)
{
    int64_t value;
    const char *text = cJSON_GetStringValue(item);

    if (s->type == CERTBIND_SHAPE_AUTO_INTEGER && text != NULL && strcmp(text, "auto") == 0)
        return;
    if (!certbind_json_integer(item, s->min, s->max, &value))
        PROBLEM(c, item, place, "must be %san integer from %lld to %lld",
                s->type == CERTBIND_SHAPE_AUTO_INTEGER ? "\"auto\" or " : "", (long long)s->min,
                (long long)s->max);
}

static void check_value(struct check *c, const struct certbind_shape *s, cJSON *item,
                        const struct place *place);

static bool step_into(const struct place *from, struct place *to, const char *at, const char *in)
{
    const char *dot = from->in[0] == '\0' || in[0] == '[' ? "" : ".";

    to->in[0] = '\0';
    return (size_t)snprintf(to->at, MAX_PATH, "%s%s%s", from->at, dot, at) < MAX_PATH &&
           (size_t)snprintf(to->in, MAX_PATH, "%s%s%s", from->in, dot, in) < MAX_PATH;
}

/* Is this entry a direct child of the object at that path? Then its name, else NULL. */
static const char *child_name(const struct certbind_shape *s, const char *path)
{
    size_t n = strlen(path);
    const char *rest;

    if (s->path[0] == '\0' || strncmp(s->path, path, n) != 0 || (n > 0 && s->path[n] != '.'))
        return NULL;
    rest = s->path + n + (n > 0);
    return strpbrk(rest, ".[") == NULL && strcmp(rest, "*") != 0 ? rest : NULL;
}

/* A default is read as the text is, so that it means the same. */
static cJSON *read_fallback(const char *text)
{
    struct certbind_json json;

    if (certbind_json_parse(certbind_text(text), &document_rules, &json, NULL) != CERTBIND_OK)
        return NULL;
    return json.root;
}

static void fill_in(struct check *c, cJSON *object, const struct place *place)
{
    for (const struct certbind_shape *s = c->table; s->path != NULL; s++) {
        const char *name = child_name(s, place->in);
        cJSON *value;

        if (name == NULL || cJSON_GetObjectItemCaseSensitive(object, name) != NULL)
            continue;
        if (s->fallback == NULL) {
            if (s->required)
                PROBLEM(c, object, place, "the key '%s' is missing", name);
            continue;
        }
        value = read_fallback(s->fallback);
        if (value == NULL || !cJSON_AddItemToObject(object, name, value)) {
            cJSON_Delete(value);
            c->status = CERTBIND_E_MEMORY;
            return;
        }
        certbind_json_set_place(value, certbind_json_place(object));
    }
}

static bool stands_before(const cJSON *object, const cJSON *member)
{
    for (const cJSON *m = object->child; m != member; m = m->next)
        if (strcmp(m->string, member->string) == 0)
            return true;
    return false;
}

/* Go into a member or element. Returns: its entry, NULL when the table has none. */
static const struct certbind_shape *enter(const struct check *c, const struct certbind_shape *s,
                                          const cJSON *child, int index, const struct place *place,
                                          struct place *below)
{
    char element[16];

    if (s->type == CERTBIND_SHAPE_ARRAY) {
        (void)snprintf(element, sizeof element, "[%d]", index);
        return step_into(place, below, element, "[]") ? find(c->table, below->in) : NULL;
    }
    if (strpbrk(child->string, ".[*") != NULL ||
        !step_into(place, below, child->string,
                   s->type == CERTBIND_SHAPE_MAP ? "*" : child->string))
        return NULL;
    return find(c->table, below->in);
}

static void check_members(struct check *c, const struct certbind_shape *s, cJSON *object,
                          const struct place *place)
{
    for (cJSON *m = object->child; m != NULL; m = m->next) {
        struct place below;
        const struct certbind_shape *entry = enter(c, s, m, 0, place, &below);

        if (stands_before(object, m))
            PROBLEM(c, m, place, "the key '%.60s' stands twice", m->string);
        else if (entry == NULL)
            PROBLEM(c, m, place, "unknown key '%.60s'", m->string);
        else
            check_value(c, entry, m, &below);
    }
}

static void check_elements(struct check *c, const struct certbind_shape *s, const cJSON *array,
                           const struct place *place)
{
    int i = 0;

    if (cJSON_GetArraySize(array) < s->min || cJSON_GetArraySize(array) > s->max)
        PROBLEM(c, array, place, "must have %lld to %lld elements", (long long)s->min,
                (long long)s->max);
    for (cJSON *e = array->child; e != NULL; e = e->next, i++) {
        struct place below;
        const struct certbind_shape *entry = enter(c, s, e, i, place, &below);

        if (entry == NULL)
            PROBLEM(c, e, place, "nested too deeply");
        else
            check_value(c, entry, e, &below);
    }
}

/* Depth is bounded by the table: every level consumes a part of an entry's path. */
static void check_value(struct check *c, const struct certbind_shape *s, cJSON *item,
                        const struct place *place)
{
    switch (s->type) {
    case CERTBIND_SHAPE_OBJECT:
    case CERTBIND_SHAPE_MAP:
        if (!cJSON_IsObject(item)) {
            PROBLEM(c, item, place, "must be an object");
            break;
        }
        check_members(c, s, item, place);
        break;
    case CERTBIND_SHAPE_DOCUMENT:
        if (!cJSON_IsObject(item))
            PROBLEM(c, item, place, "must be an object");
        break;
    case CERTBIND_SHAPE_ARRAY:
        if (cJSON_IsString(item) && s->choices != NULL && is_choice(s->choices, item->valuestring))
            break;
        if (!cJSON_IsArray(item)) {
            PROBLEM(c, item, place, "must be an array%s%s", s->choices == NULL ? "" : " or ",
                    s->choices == NULL ? "" : s->choices);
            break;
        }
        check_elements(c, s, item, place);
        break;
    case CERTBIND_SHAPE_BOOLEAN:
        if (!cJSON_IsBool(item))
            PROBLEM(c, item, place, "must be true or false");
        break;
    case CERTBIND_SHAPE_INTEGER:
    case CERTBIND_SHAPE_AUTO_INTEGER:
        check_integer(c, s, item, place);
        break;
    default:
        check_text(c, s, item, place);
    }
}

/* After the checks, so that they look at what stands in the text and nothing else. */
static void fill_tree(struct check *c, const struct certbind_shape *s, cJSON *item,
                      const struct place *place)
{
    int i = 0;

    if (s->type == CERTBIND_SHAPE_OBJECT && cJSON_IsObject(item))
        fill_in(c, item, place);
    if (!cJSON_IsObject(item) && !cJSON_IsArray(item))
        return;
    if (cJSON_IsArray(item) != (s->type == CERTBIND_SHAPE_ARRAY))
        return;
    for (cJSON *m = item->child; m != NULL; m = m->next, i++) {
        struct place below;
        const struct certbind_shape *entry = enter(c, s, m, i, place, &below);

        if (entry != NULL)
            fill_tree(c, entry, m, &below);
    }
}

static certbind_status copy_text(struct certbind_bytes text,
                                 struct certbind_shape_document *document)
{
    document->text = malloc(text.len + 1);
    if (document->text == NULL)
        return CERTBIND_E_MEMORY;
    if (text.len > 0)
        memcpy(document->text, text.data, text.len);
    document->text[text.len] = '\0';
    document->text_len = text.len;
    certbind_json_blank_comments(document->text, text.len);
    return CERTBIND_OK;
}

certbind_status certbind_shape_parse(struct certbind_bytes text, const struct certbind_shape *table,
                                     struct certbind_shape_document *document,
                                     struct certbind_problems *problems)
{
    struct check c = {table, document, problems, CERTBIND_OK};
    const struct certbind_shape *root = find(table, "");
    struct certbind_error err = {0};
    struct place place = {"", ""};

    *document = (struct certbind_shape_document){0};
    if (root == NULL)
        return CERTBIND_E_USAGE;
    if (text.len > MAX_DOCUMENT || copy_text(text, document) != CERTBIND_OK) {
        certbind_problem_add(problems, document, NULL, "", "the document is too large");
        return CERTBIND_E_MALFORMED;
    }
    c.status = certbind_json_parse(certbind_bytes(document->text, document->text_len),
                                   &document_rules, &document->json, &err);
    if (c.status != CERTBIND_OK) {
        certbind_problem_add(problems, document, NULL, "", "%s", err.detail);
        if (problems->count <= CERTBIND_MAX_PROBLEMS)
            problems->list[problems->count - 1].line = line_of(document, document->json.stopped);
        return c.status;
    }
    check_value(&c, root, document->json.root, &place);
    fill_tree(&c, root, document->json.root, &place);
    if (c.status == CERTBIND_OK && problems->count > 0)
        c.status = CERTBIND_E_MALFORMED;
    return c.status;
}

void certbind_shape_cleanup(struct certbind_shape_document *document)
{
    certbind_json_cleanup(&document->json);
    free(document->text);
    *document = (struct certbind_shape_document){0};
}
