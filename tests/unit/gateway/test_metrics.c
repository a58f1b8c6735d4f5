#include <stdlib.h>
#include <string.h>

#include "gateway/metrics/metrics.h"
#include "tests/support/cmocka_all.h"

static char route_a[] = "*/", route_b[] = "*/", route_c[] = "a.test/x";

/* The same name in two modes, and another one. */
static struct gateway_route routes[] = {
    {.mode = GATEWAY_MODE_HTTP, .name = route_a},
    {.mode = GATEWAY_MODE_TCP, .name = route_b},
    {.mode = GATEWAY_MODE_HTTP, .name = route_c},
};
static struct gateway_upstream upstreams[] = {{.name = "app"}};
static const struct gateway_config config = {
    .routes = routes,
    .routes_count = 3,
    .upstreams = upstreams,
    .upstreams_count = 1,
};

static void assert_has(const char *text, const char *line)
{
    const char *at = strstr(text, line);

    assert_non_null(at);
    assert_true(at == text || at[-1] == '\n');
    assert_int_equal('\n', at[strlen(line)]);
}

static void label_values_are_escaped(void **state)
{
    const struct gateway_metric_label labels[] = {
        {"upstream", "a\"b\\c\nd"}, {"x", ""}, {NULL, NULL}};
    struct gateway_metrics_text t = {0};
    size_t len = 0;
    char *text;

    (void)state;
    gateway_metrics_text_begin(&t, GATEWAY_METRIC_UPSTREAM_UP);
    gateway_metrics_text_add(&t, labels, UINT64_MAX);
    text = gateway_metrics_text_take(&t, &len);
    assert_has(text, "# TYPE devproof_gateway_upstream_servers_up gauge");
    assert_has(text, "devproof_gateway_upstream_servers_up{upstream=\"a\\\"b\\\\c\\nd\",x=\"\"} "
                     "18446744073709551615");
    assert_int_equal(len, strlen(text));
    free(text);
}

static void a_bound_belongs_to_its_bucket(void **state)
{
    struct gateway_histogram h = {0};
    struct gateway_histogram_sum sum = {0};
    struct gateway_metrics_text t = {0};
    size_t len = 0;
    char *text;

    (void)state;
    gateway_histogram_merge(&sum, &h);
    assert_true(gateway_histogram_is_empty(&sum));
    gateway_histogram_add(&h, 1000);
    gateway_histogram_add(&h, 1001);
    gateway_histogram_add(&h, 30000001);
    gateway_histogram_merge(&sum, &h);
    assert_false(gateway_histogram_is_empty(&sum));
    gateway_metrics_text_begin(&t, GATEWAY_METRIC_QUOTE_DURATION);
    gateway_metrics_text_histogram(&t, NULL, &sum);
    text = gateway_metrics_text_take(&t, &len);
    assert_has(text, "devproof_gateway_quote_duration_seconds_bucket{le=\"0.001\"} 1");
    assert_has(text, "devproof_gateway_quote_duration_seconds_bucket{le=\"0.0025\"} 2");
    assert_has(text, "devproof_gateway_quote_duration_seconds_bucket{le=\"30\"} 2");
    assert_has(text, "devproof_gateway_quote_duration_seconds_bucket{le=\"+Inf\"} 3");
    assert_has(text, "devproof_gateway_quote_duration_seconds_sum 30.002002");
    assert_has(text, "devproof_gateway_quote_duration_seconds_count 3");
    free(text);
}

static void codes_that_nobody_registered_count_by_class(void **state)
{
    static const struct {
        unsigned status;
        const char *name;
    } rows[] = {{0, "0"},     {100, "100"}, {104, "1xx"}, {200, "200"}, {299, "2xx"},
                {418, "418"}, {499, "4xx"}, {511, "511"}, {599, "5xx"}, {600, "0"},
                {1, "0"},     {9, "0"},     {99, "0"},    {999, "0"}};
    char text[8];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t code = gateway_traffic_code(rows[i].status);

        assert_true(code < GATEWAY_TRAFFIC_CODES);
        gateway_traffic_code_name(code, text);
        assert_string_equal(rows[i].name, text);
    }
}

static void workers_are_summed_and_routes_of_one_name_share_a_series(void **state)
{
    const struct gw_conn_info http = {.protocol = "http/1.1"};
    const struct gw_conn_info tcp = {.protocol = "tcp"};
    struct gw_request_record r = {.conn = &http,
                                  .route = route_a,
                                  .status = 200,
                                  .upstream = 0,
                                  .bytes_in = 3,
                                  .bytes_out = 5};
    struct gateway_traffic *traffic = gateway_traffic_new(&config, 2);
    struct gateway_metrics_text t = {0};
    size_t len = 0;
    char *text;

    (void)state;
    gateway_traffic_request(traffic, 0, &r);
    gateway_traffic_request(traffic, 1, &r);
    r.conn = &tcp;
    r.route = route_b;
    r.status = 0;
    r.reason = "tunnel-idle";
    gateway_traffic_request(traffic, 1, &r);
    r.reason = "quote-signature";
    r.route = NULL;
    gateway_traffic_request(traffic, 0, &r);
    gateway_traffic_failure(traffic, 1, 0);
    gateway_traffic_failure(traffic, 1, SIZE_MAX);
    gateway_traffic_write(traffic, &t);
    text = gateway_metrics_text_take(&t, &len);
    assert_has(text, "devproof_gateway_http_requests_total{route=\"*/\",code=\"200\","
                     "protocol=\"http/1.1\"} 2");
    assert_has(text, "devproof_gateway_http_requests_total{route=\"*/\",code=\"0\","
                     "protocol=\"tcp\"} 1");
    assert_has(text, "devproof_gateway_http_requests_total{route=\"none\",code=\"0\","
                     "protocol=\"tcp\"} 1");
    assert_has(text, "devproof_gateway_http_request_body_bytes_total{route=\"*/\"} 9");
    assert_has(text, "devproof_gateway_http_response_body_bytes_total{route=\"a.test/x\"} 0");
    assert_has(text, "devproof_gateway_http_errors_total{reason=\"tunnel-idle\"} 1");
    assert_has(text, "devproof_gateway_http_errors_total{reason=\"other\"} 1");
    assert_has(text, "devproof_gateway_upstream_failures_total{upstream=\"app\"} 1");
    assert_null(strstr(strstr(text, "body_bytes_total{route=\"*/\"}") + 1,
                       "request_body_bytes_total{route=\"*/\"}"));
    free(text);
    gateway_traffic_free(traffic);
}

static void a_text_that_grows_too_long_is_none(void **state)
{
    struct gateway_metrics_text t = {.len = GATEWAY_METRICS_MAX_BYTES - 100};
    size_t len = 1;

    (void)state;
    gateway_metrics_text_one(&t, GATEWAY_METRIC_READY, 1);
    assert_true(t.failed);
    assert_null(gateway_metrics_text_take(&t, &len));
    assert_int_equal(0, len);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(label_values_are_escaped),
        cmocka_unit_test(a_bound_belongs_to_its_bucket),
        cmocka_unit_test(codes_that_nobody_registered_count_by_class),
        cmocka_unit_test(workers_are_summed_and_routes_of_one_name_share_a_series),
        cmocka_unit_test(a_text_that_grows_too_long_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
