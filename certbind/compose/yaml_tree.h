/*
 * yaml_tree: a compose file as a tree, or a refusal.
 *
 * Only what every reader of YAML understands alike is taken: one document of mappings with text
 * keys, sequences and scalars. Anchors, aliases, merge keys, tags, repeated keys, several documents
 * and whatever libyaml does not parse are refused, never skipped: a reader that skips sees another
 * file than the engine does. Pure; bounded in size, number of nodes and depth.
 */
#ifndef CERTBIND_COMPOSE_YAML_TREE_H
#define CERTBIND_COMPOSE_YAML_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "certbind/bytes.h"
#include "certbind/status.h"

enum {
    CERTBIND_YAML_MAX_BYTES = 512 * 1024,
    CERTBIND_YAML_MAX_NODES = 20000,
    CERTBIND_YAML_MAX_MEMBERS = 1024, /* of one mapping */
    CERTBIND_YAML_MAX_DEPTH = 24
};

enum certbind_yaml_kind { CERTBIND_YAML_SCALAR = 1, CERTBIND_YAML_SEQUENCE, CERTBIND_YAML_MAPPING };

struct certbind_yaml_node {
    enum certbind_yaml_kind kind;
    bool plain;       /* a scalar without quotes: may be a number, a boolean or nothing */
    size_t line;      /* from 1 */
    const char *key;  /* of a mapping's member; NULL elsewhere */
    const char *text; /* of a scalar, NUL-terminated, without NUL inside */
    struct certbind_yaml_node *child; /* the first; NULL: none */
    struct certbind_yaml_node *next;
};

struct certbind_yaml_tree {
    struct certbind_yaml_node *root; /* a mapping; owned */
};

/**
 * Read a text.
 *
 * Returns: CERTBIND_OK, CERTBIND_E_COMPOSE_NOT_UNDERSTOOD, CERTBIND_E_MEMORY
 * Out:     tree  to be given to certbind_yaml_cleanup; zeroed on failure
 */
CERTBIND_MUST_CHECK certbind_status certbind_yaml_read(struct certbind_bytes text,
                                                       struct certbind_yaml_tree *tree,
                                                       struct certbind_error *err);

/** Accepts a zeroed struct. */
void certbind_yaml_cleanup(struct certbind_yaml_tree *tree);

/** Returns: the member of that name (borrowed); NULL when node is NULL, no mapping, or has none. */
const struct certbind_yaml_node *certbind_yaml_get(const struct certbind_yaml_node *node,
                                                   const char *name);

/** Returns: the text of a scalar (borrowed); NULL when node is NULL or none. */
const char *certbind_yaml_text(const struct certbind_yaml_node *node);

#endif
