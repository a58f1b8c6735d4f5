#include "tests/memory/agent_child.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "certbind/hex.h"
#include "certbind/tls_key.h"
#include "gateway/agent/reply.h"
#include "tests/memory/scan.h"
#include "tests/unit/gateway/agent_world.h"

static void tell_key(struct agent_world *w, const char *path, const char *purpose,
                     struct masked_key *out)
{
    char hex[65];
    uint8_t k[32], scalar[32];
    struct sim_reply reply = {0};
    cJSON *params = cJSON_CreateObject();

    (void)cJSON_AddStringToObject(params, "path", path);
    (void)cJSON_AddStringToObject(params, "purpose", purpose);
    sim_agent_get_key(&w->service.agent, params, &reply);
    assert_int_equal(CERTBIND_OK, gateway_key_parse(sim_buffer_view(&reply.body), k, NULL));
    assert_true(certbind_tls_key_scalar(k, scalar));
    certbind_hex_encode(k, 32, hex);
    scan_mask(out->k, k, 32);
    scan_mask(out->hex, hex, 64);
    scan_mask(out->scalar, scalar, 32);
    for (size_t i = 0; i < 32; i++)
        out->reversed[i] = out->scalar[31 - i];
    sim_reply_cleanup(&reply);
    cJSON_Delete(params);
}

static void be_the_agent(int to_parent)
{
    struct agent_world w;
    struct agent_told told = {0};
    char path[CERTBIND_KEY_PATH_ROOM];

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* it must not outlive a test that fails */
    agent_world_open(&w, "");
    for (unsigned i = 0; i < AGENT_EPOCHS; i++) {
        assert_true(certbind_key_path("tls", w.config.tls_label, i + 1, path));
        tell_key(&w, path, "tls", &told.keys[i]);
    }
    (void)snprintf(path, sizeof path, "devproof/acme/v1/%s", w.config.tls_label);
    tell_key(&w, path, "acme", &told.account);
    (void)snprintf(told.socket, sizeof told.socket, "%s", w.socket);
    assert_int_equal(sizeof told, write(to_parent, &told, sizeof told));
    (void)uv_run(&w.loop, UV_RUN_DEFAULT);
    _exit(0);
}

pid_t agent_child_start(struct agent_told *told)
{
    int ends[2];
    pid_t pid;

    assert_int_equal(0, pipe(ends));
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        be_the_agent(ends[1]);
    (void)close(ends[1]);
    assert_int_equal(sizeof *told, read(ends[0], told, sizeof *told));
    (void)close(ends[0]);
    return pid;
}

void agent_child_stop(pid_t child, const struct agent_told *told)
{
    char folder[80];

    assert_int_equal(0, kill(child, SIGKILL));
    assert_int_equal(child, waitpid(child, NULL, 0));
    (void)unlink(told->socket);
    (void)snprintf(folder, sizeof folder, "%s", told->socket);
    *strrchr(folder, '/') = '\0';
    (void)rmdir(folder);
}
