#include "certbind/compose/yaml_tree.h"

#include <stdlib.h>
#include <string.h>

#include <yaml.h>

struct reader {
    yaml_parser_t parser;
    yaml_event_t event; /* the one under way */
    bool has_event;
    size_t nodes;
    struct certbind_error *err;
};

static certbind_status refuse(struct reader *r, size_t line, const char *why)
{
    return certbind_fail(r->err, CERTBIND_E_COMPOSE_NOT_UNDERSTOOD, "line %zu: %s", line, why);
}

static size_t line_of(const struct reader *r)
{
    return r->event.start_mark.line + 1;
}

static certbind_status next(struct reader *r)
{
    if (r->has_event)
        yaml_event_delete(&r->event);
    r->has_event = yaml_parser_parse(&r->parser, &r->event) == 1;
    if (r->has_event)
        return CERTBIND_OK;
    if (r->parser.error == YAML_MEMORY_ERROR)
        return certbind_fail(r->err, CERTBIND_E_MEMORY, "memory ran out");
    return refuse(r, r->parser.problem_mark.line + 1, "this is not YAML");
}

static certbind_status expect(struct reader *r, yaml_event_type_t type, const char *why)
{
    const certbind_status status = next(r);

    if (status != CERTBIND_OK)
        return status;
    return r->event.type == type ? CERTBIND_OK : refuse(r, line_of(r), why);
}

/* Returns: the text of the scalar event, to be freed; NULL with a status. */
static char *take_text(struct reader *r, certbind_status *status)
{
    const char *value = (const char *)r->event.data.scalar.value;
    const size_t len = r->event.data.scalar.length;
    char *text;

    if (memchr(value, '\0', len) != NULL) {
        *status = refuse(r, line_of(r), "a zero byte");
        return NULL;
    }
    text = malloc(len + 1);
    if (text == NULL) {
        *status = certbind_fail(r->err, CERTBIND_E_MEMORY, "memory ran out");
        return NULL;
    }
    memcpy(text, value, len);
    text[len] = '\0';
    return text;
}

/* Tags and anchors give a text another meaning than it shows. */
static certbind_status check_adornment(struct reader *r)
{
    const yaml_event_t *e = &r->event;
    const void *anchor = NULL;
    const void *tag = NULL;

    if (e->type == YAML_SCALAR_EVENT) {
        anchor = e->data.scalar.anchor;
        tag = e->data.scalar.tag;
    } else if (e->type == YAML_SEQUENCE_START_EVENT) {
        anchor = e->data.sequence_start.anchor;
        tag = e->data.sequence_start.tag;
    } else if (e->type == YAML_MAPPING_START_EVENT) {
        anchor = e->data.mapping_start.anchor;
        tag = e->data.mapping_start.tag;
    } else {
        return refuse(r, line_of(r), "an alias");
    }
    if (anchor != NULL)
        return refuse(r, line_of(r), "an anchor");
    return tag != NULL ? refuse(r, line_of(r), "a tag") : CERTBIND_OK;
}

/* Read a key of a mapping; *key stays NULL at the mapping's end. */
static certbind_status read_key(struct reader *r, const struct certbind_yaml_node *parent,
                                char **key)
{
    certbind_status status = next(r);

    *key = NULL;
    if (status != CERTBIND_OK || r->event.type == YAML_MAPPING_END_EVENT)
        return status;
    if (r->event.type != YAML_SCALAR_EVENT)
        return refuse(r, line_of(r), "a key that is no text");
    status = check_adornment(r);
    if (status == CERTBIND_OK)
        *key = take_text(r, &status);
    if (status != CERTBIND_OK)
        return status;
    if (strcmp(*key, "<<") == 0)
        status = refuse(r, line_of(r), "a merge key");
    else if (certbind_yaml_get(parent, *key) != NULL)
        status = refuse(r, line_of(r), "a repeated key");
    if (status != CERTBIND_OK) {
        free(*key);
        *key = NULL;
    }
    return status;
}

static struct certbind_yaml_node *read_value(struct reader *r, unsigned depth,
                                             certbind_status *status);

static certbind_status read_members(struct reader *r, unsigned depth,
                                    struct certbind_yaml_node *parent)
{
    struct certbind_yaml_node **end = &parent->child;
    size_t members = 0;

    for (;;) {
        char *key = NULL;
        certbind_status status;

        if (parent->kind == CERTBIND_YAML_MAPPING) {
            status = read_key(r, parent, &key);
            if (status != CERTBIND_OK || key == NULL)
                return status;
        }
        status = next(r);
        if (status == CERTBIND_OK && r->event.type == YAML_SEQUENCE_END_EVENT)
            return CERTBIND_OK;
        if (status == CERTBIND_OK && parent->kind == CERTBIND_YAML_MAPPING &&
            ++members > CERTBIND_YAML_MAX_MEMBERS)
            status = refuse(r, line_of(r), "too many members");
        if (status == CERTBIND_OK)
            *end = read_value(r, depth, &status);
        if (*end == NULL) {
            free(key);
            return status;
        }
        (*end)->key = key;
        end = &(*end)->next;
    }
}

/* The value that the event under way begins. Returns: NULL with a status. */
static struct certbind_yaml_node *read_value(struct reader *r, unsigned depth,
                                             certbind_status *status)
{
    struct certbind_yaml_node *node = NULL;

    *status = check_adornment(r);
    if (*status == CERTBIND_OK &&
        (depth == CERTBIND_YAML_MAX_DEPTH || ++r->nodes > CERTBIND_YAML_MAX_NODES))
        *status = refuse(r, line_of(r), "too deep or too many values");
    if (*status != CERTBIND_OK)
        return NULL;
    node = calloc(1, sizeof *node);
    if (node == NULL) {
        *status = certbind_fail(r->err, CERTBIND_E_MEMORY, "memory ran out");
        return NULL;
    }
    node->line = line_of(r);
    if (r->event.type == YAML_SCALAR_EVENT) {
        node->kind = CERTBIND_YAML_SCALAR;
        node->plain = r->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
        node->text = take_text(r, status);
    } else {
        node->kind = r->event.type == YAML_MAPPING_START_EVENT ? CERTBIND_YAML_MAPPING
                                                               : CERTBIND_YAML_SEQUENCE;
        *status = read_members(r, depth + 1, node);
    }
    if (*status != CERTBIND_OK) {
        struct certbind_yaml_tree broken = {node};

        certbind_yaml_cleanup(&broken);
        return NULL;
    }
    return node;
}

static certbind_status read_document(struct reader *r, struct certbind_yaml_node **root)
{
    certbind_status status = expect(r, YAML_STREAM_START_EVENT, "this is not YAML");

    if (status == CERTBIND_OK)
        status = expect(r, YAML_DOCUMENT_START_EVENT, "there is no document");
    if (status == CERTBIND_OK && r->event.data.document_start.tag_directives.start !=
                                     r->event.data.document_start.tag_directives.end)
        status = refuse(r, line_of(r), "a directive");
    if (status == CERTBIND_OK)
        status = expect(r, YAML_MAPPING_START_EVENT, "the document is no mapping");
    if (status == CERTBIND_OK)
        *root = read_value(r, 0, &status);
    if (status == CERTBIND_OK)
        status = expect(r, YAML_DOCUMENT_END_EVENT, "more than one value");
    if (status == CERTBIND_OK)
        status = expect(r, YAML_STREAM_END_EVENT, "more than one document");
    return status;
}

certbind_status certbind_yaml_read(struct certbind_bytes text, struct certbind_yaml_tree *tree,
                                   struct certbind_error *err)
{
    struct reader r = {.err = err};
    certbind_status status;

    *tree = (struct certbind_yaml_tree){NULL};
    if (text.len > CERTBIND_YAML_MAX_BYTES)
        return certbind_fail(err, CERTBIND_E_COMPOSE_NOT_UNDERSTOOD, "longer than %d bytes",
                             CERTBIND_YAML_MAX_BYTES);
    if (yaml_parser_initialize(&r.parser) != 1)
        return certbind_fail(err, CERTBIND_E_MEMORY, "memory ran out");
    yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r.parser, text.data, text.len);
    status = read_document(&r, &tree->root);
    if (r.has_event)
        yaml_event_delete(&r.event);
    yaml_parser_delete(&r.parser);
    if (status != CERTBIND_OK)
        certbind_yaml_cleanup(tree);
    return status;
}

static void free_nodes(struct certbind_yaml_node *node)
{
    while (node != NULL) {
        struct certbind_yaml_node *gone = node;

        free_nodes(node->child); /* as deep as the tree: bounded */
        node = node->next;
        free((void *)gone->key);
        free((void *)gone->text);
        free(gone);
    }
}

void certbind_yaml_cleanup(struct certbind_yaml_tree *tree)
{
    free_nodes(tree->root);
    tree->root = NULL;
}

const struct certbind_yaml_node *certbind_yaml_get(const struct certbind_yaml_node *node,
                                                   const char *name)
{
    if (node == NULL)
        return NULL;
    for (const struct certbind_yaml_node *m = node->child; m != NULL; m = m->next)
        if (m->key != NULL && strcmp(m->key, name) == 0)
            return m;
    return NULL;
}

const char *certbind_yaml_text(const struct certbind_yaml_node *node)
{
    return node != NULL && node->kind == CERTBIND_YAML_SCALAR ? node->text : NULL;
}
