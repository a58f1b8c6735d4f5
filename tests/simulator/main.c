/*
 * dstack-simulator: guest agent, TDX hardware, KMS and collateral service for tests and demos.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <uv.h>

#include "tests/simulator/file.h"
#include "tests/simulator/options.h"
#include "tests/simulator/replay.h"
#include "tests/simulator/service.h"

/* Everything of one run. */
struct simulator {
    struct sim_options options;
    struct sim_platform platform;
    struct sim_pki pki;
    struct sim_td td;
    struct sim_quoter quoter;
    struct sim_service service;
    uv_loop_t loop;
    uv_signal_t signals[2];
};

static bool fail(const char *what, const char *why)
{
    (void)fprintf(stderr, "dstack-simulator: %s: %s\n", what, why);
    return false;
}

static bool boot(struct simulator *s)
{
    const struct sim_options *o = &s->options;
    struct sim_td_options td = {.seed = o->seed,
                                .os_seed = o->os_seed,
                                .app_id = o->has_app_id ? o->app_id : NULL,
                                .instance_id = o->has_instance_id ? o->instance_id : NULL,
                                .debug = o->debug,
                                .event_log_version = o->event_log_version,
                                .mr_config_version = o->mr_config_version};
    struct sim_buffer compose = {0};
    struct certbind_error err = {0};
    certbind_status status;

    if (o->replay != NULL)
        return sim_replay_load(o->replay, &s->td, &err) == CERTBIND_OK ||
               fail("cannot replay", err.detail);
    if (o->app_compose_file != NULL &&
        !sim_file_read(o->app_compose_file, SIM_COMPOSE_MAX, &compose)) {
        sim_buffer_cleanup(&compose);
        return fail("cannot read the app-compose file", strerror(errno));
    }
    if (o->app_compose_file != NULL && compose.len == 0)
        return fail("cannot boot the TD", "the app-compose file is empty");
    td.app_compose = sim_buffer_view(&compose);
    status = sim_td_init(&s->td, &td, &err);
    sim_buffer_cleanup(&compose);
    return status == CERTBIND_OK || fail("cannot boot the TD", err.detail);
}

static bool make_evidence(struct simulator *s)
{
    struct sim_service *service = &s->service;

    if (!sim_platform_init(&s->platform, &s->options.seed) ||
        !sim_pki_init(&s->pki, &s->options.seed, &s->platform) ||
        !sim_quoter_init(&s->quoter, &s->platform, &s->pki))
        return fail("cannot make the platform", "a cryptographic library failed");
    s->quoter.version = s->options.quote_version;
    s->quoter.old_launch = s->options.old_launch;
    service->faults = s->options.faults;
    service->fixed_now = s->options.now;
    service->quote_delay_ms = s->options.quote_delay_ms;
    service->pki = &s->pki;
    service->platform = &s->platform;
    service->collateral_options = s->options.collateral;
    if (!sim_agent_init(&service->agent, &s->td, &s->quoter, sim_service_now(service)) ||
        !sim_collateral_issue(&service->collateral, &s->pki, &s->platform,
                              &service->collateral_options, sim_service_now(service)))
        return fail("cannot make the collateral", "a cryptographic library failed");
    service->agent.emit_event = s->options.emit_event;
    service->agent.legacy_evidence = s->options.legacy_evidence;
    return true;
}

static bool write_roots(struct simulator *s)
{
    const struct sim_options *o = &s->options;
    struct sim_buffer kms = {0};
    bool ok;

    if (o->root_file != NULL && !sim_file_write(o->root_file, sim_buffer_view(&s->pki.root_pem)))
        return fail("cannot write the root certificate", strerror(errno));
    if (o->kms_root_file == NULL)
        return true;
    sim_kms_put_root_json(&s->td.kms, &kms);
    ok = sim_buffer_ok(&kms) && sim_file_write(o->kms_root_file, sim_buffer_view(&kms));
    sim_buffer_cleanup(&kms);
    return ok || fail("cannot write the KMS root", strerror(errno));
}

static void on_signal(uv_signal_t *signal, int number)
{
    struct simulator *s = signal->data;

    (void)number;
    sim_service_close(&s->service);
    for (size_t i = 0; i < 2; i++)
        uv_close((uv_handle_t *)&s->signals[i], NULL);
}

static void watch_signals(struct simulator *s)
{
    static const int numbers[2] = {SIGTERM, SIGINT};

    (void)signal(SIGPIPE, SIG_IGN);
    for (size_t i = 0; i < 2; i++) {
        (void)uv_signal_init(&s->loop, &s->signals[i]);
        s->signals[i].data = s;
        (void)uv_signal_start(&s->signals[i], on_signal, numbers[i]);
    }
}

/* Say where it serves: in the log and, for programs, in the ready file. */
static bool announce(struct simulator *s)
{
    struct sim_buffer address = {0};
    cJSON *ready = cJSON_CreateObject();
    char *text = NULL;
    bool ok = true;

    if (s->options.pccs_address != NULL) {
        sim_buffer_put_text(&address, "http://");
        ok = sim_http_bound_address(&s->service.pccs_server, &address) == 0;
    }
    ok = ok && cJSON_AddStringToObject(ready, "socket", s->options.socket_path) != NULL;
    if (ok && s->options.pccs_address != NULL)
        ok = cJSON_AddStringToObject(ready, "pccs", sim_buffer_cstr(&address)) != NULL;
    else
        ok = ok && cJSON_AddNullToObject(ready, "pccs") != NULL;
    if (ok)
        text = cJSON_PrintUnformatted(ready);
    if (text != NULL) {
        (void)fprintf(stderr, "listening %s\n", text);
        ok = s->options.ready_file == NULL ||
             sim_file_write(s->options.ready_file, certbind_text(text));
    }
    cJSON_free(text);
    cJSON_Delete(ready);
    sim_buffer_cleanup(&address);
    return (ok && text != NULL) || fail("cannot write the ready file", strerror(errno));
}

static bool serve(struct simulator *s)
{
    bool ok;
    int error = uv_loop_init(&s->loop);

    if (error != 0)
        return fail("cannot start", uv_strerror(error));
    watch_signals(s);
    error = sim_service_open(&s->service, &s->loop, s->options.socket_path, s->options.tappd_path,
                             s->options.pccs_address);
    ok = error == 0 ? announce(s) : fail("cannot listen", uv_strerror(error));
    if (!ok)
        on_signal(&s->signals[0], 0);
    (void)uv_run(&s->loop, UV_RUN_DEFAULT);
    (void)uv_loop_close(&s->loop);
    return ok;
}

int main(int argc, char **argv)
{
    struct simulator s = {0};
    int exit_code = SIM_EXIT_FAILURE;

    if (!sim_options_parse(argc, argv, &s.options, &exit_code))
        return exit_code;
    if (boot(&s) && make_evidence(&s) && write_roots(&s) && serve(&s))
        exit_code = SIM_EXIT_OK;
    else
        exit_code = SIM_EXIT_FAILURE;
    sim_service_cleanup(&s.service);
    sim_pki_cleanup(&s.pki);
    sim_td_cleanup(&s.td);
    return exit_code;
}
