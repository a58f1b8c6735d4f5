/*
 * mount: one entry of a service's volumes: what of the machine it shows. Private to
 * certbind/compose.
 */
#ifndef CERTBIND_COMPOSE_MOUNT_H
#define CERTBIND_COMPOSE_MOUNT_H

#include "certbind/compose/yaml_tree.h"
#include "certbind/status.h"

enum certbind_mount {
    CERTBIND_MOUNT_HOST = 0, /* a path of the machine that may lead to the socket */
    CERTBIND_MOUNT_AGENT,    /* the guest agent's socket, or a folder that holds nothing else */
    CERTBIND_MOUNT_OWN       /* a named volume, temporary memory, or a folder of the app's own */
};

/**
 * Read an entry, short ("SOURCE:TARGET[:OPTIONS]", "TARGET") or long (a mapping).
 *
 * Returns: CERTBIND_OK or CERTBIND_E_COMPOSE_NOT_UNDERSTOOD; err may be NULL
 */
CERTBIND_MUST_CHECK certbind_status certbind_mount_read(const struct certbind_yaml_node *entry,
                                                        enum certbind_mount *out,
                                                        struct certbind_error *err);

#endif
