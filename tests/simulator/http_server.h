/*
 * http_server: a small HTTP/1.1 server on a libuv loop, over a unix socket or TCP.
 *
 * One request at a time on a connection, keep-alive, replies with Content-Length. A handler may
 * answer later; it is told when the connection goes away before that.
 */
#ifndef SIM_HTTP_SERVER_H
#define SIM_HTTP_SERVER_H

#include <stdbool.h>

#include <uv.h>

#include "tests/simulator/http_message.h"
#include "tests/simulator/reply.h"

enum { SIM_KEEP_ALIVE_MS = 10000 };

struct sim_http_conn;

struct sim_http_request {
    const char *method;
    char *path;  /* without the query; borrowed until the reply */
    char *query; /* after the first '?', or empty */
    const char *content_type;
    struct certbind_bytes body;
};

struct sim_http_handler {
    void *user;
    /* A request arrived; answer with sim_http_reply, sim_http_drop, or not at all. */
    void (*request)(void *user, struct sim_http_conn *c, const struct sim_http_request *r);
    /* The connection ends unanswered; forget it. */
    void (*gone)(void *user, struct sim_http_conn *c);
};

union sim_http_stream {
    uv_handle_t handle;
    uv_stream_t stream;
    uv_pipe_t pipe;
    uv_tcp_t tcp;
};

struct sim_http_server {
    uv_loop_t *loop;
    struct sim_http_handler handler;
    union sim_http_stream listener;
    bool is_pipe;
    bool open;
    struct sim_http_conn *first; /* open connections */
};

/** Listen on a unix socket; a stale socket file is replaced. Returns: 0 or a libuv error. */
int sim_http_listen_unix(struct sim_http_server *s, uv_loop_t *loop, const char *path,
                         struct sim_http_handler handler);

/** Listen on ADDR:PORT ([ADDR]:PORT for IPv6). Returns: 0 or a libuv error. */
int sim_http_listen_tcp(struct sim_http_server *s, uv_loop_t *loop, const char *address,
                        struct sim_http_handler handler);

/** Append the bound TCP address as ADDR:PORT. Returns: 0 or a libuv error. */
int sim_http_bound_address(const struct sim_http_server *s, struct sim_buffer *out);

/** Close listener and connections; the loop runs until they are gone. */
void sim_http_server_close(struct sim_http_server *s);

/** Answer the request; half: send half of the body and end. Cleans the reply up. */
void sim_http_reply(struct sim_http_conn *c, struct sim_reply *r, bool half);

/** End the connection without an answer. */
void sim_http_drop(struct sim_http_conn *c);

/** Take a new connection from the listener (for http_server.c). */
void sim_http_conn_accept(struct sim_http_server *s);

#endif
