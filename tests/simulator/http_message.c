#include "tests/simulator/http_message.h"

#include <strings.h>

static int count_head(struct sim_http_message *m, size_t len)
{
    m->head_len += len;
    return m->head_len > SIM_HEAD_MAX ? -1 : 0;
}

static int on_url(llhttp_t *parser, const char *at, size_t len)
{
    struct sim_http_message *m = parser->data;

    sim_buffer_put(&m->target, at, len);
    return count_head(m, len);
}

static int on_field(llhttp_t *parser, const char *at, size_t len)
{
    struct sim_http_message *m = parser->data;

    sim_buffer_put(&m->field, at, len);
    return count_head(m, len);
}

static int on_value(llhttp_t *parser, const char *at, size_t len)
{
    struct sim_http_message *m = parser->data;

    sim_buffer_put(&m->value, at, len);
    return count_head(m, len);
}

static int on_value_complete(llhttp_t *parser)
{
    struct sim_http_message *m = parser->data;
    const char *name = sim_buffer_cstr(&m->field);

    if (name != NULL && strcasecmp(name, "content-type") == 0) {
        sim_buffer_clear(&m->content_type);
        sim_buffer_put_bytes(&m->content_type, sim_buffer_view(&m->value));
    }
    sim_buffer_clear(&m->field);
    sim_buffer_clear(&m->value);
    return name == NULL ? -1 : 0;
}

static int on_body(llhttp_t *parser, const char *at, size_t len)
{
    struct sim_http_message *m = parser->data;

    if (len > SIM_BODY_MAX - m->body.len)
        return -1;
    sim_buffer_put(&m->body, at, len);
    return sim_buffer_ok(&m->body) ? 0 : -1;
}

static int on_complete(llhttp_t *parser)
{
    struct sim_http_message *m = parser->data;

    m->complete = true;
    m->keep_alive = llhttp_should_keep_alive(parser) != 0;
    return HPE_PAUSED;
}

void sim_http_message_reset(struct sim_http_message *m)
{
    llhttp_settings_init(&m->settings);
    m->settings.on_url = on_url;
    m->settings.on_header_field = on_field;
    m->settings.on_header_value = on_value;
    m->settings.on_header_value_complete = on_value_complete;
    m->settings.on_body = on_body;
    m->settings.on_message_complete = on_complete;
    llhttp_init(&m->parser, HTTP_REQUEST, &m->settings);
    m->parser.data = m;
    m->head_len = 0;
    m->complete = false;
    m->keep_alive = false;
    sim_buffer_clear(&m->target);
    sim_buffer_clear(&m->field);
    sim_buffer_clear(&m->value);
    sim_buffer_clear(&m->content_type);
    sim_buffer_clear(&m->body);
}

enum sim_http_progress sim_http_message_feed(struct sim_http_message *m,
                                             struct certbind_bytes input, size_t *used)
{
    const char *start = (const char *)input.data;
    llhttp_errno_t e = llhttp_execute(&m->parser, start, input.len);

    *used = input.len;
    if (m->complete && e == HPE_PAUSED) {
        *used = (size_t)(llhttp_get_error_pos(&m->parser) - start);
        return SIM_HTTP_COMPLETE;
    }
    return e == HPE_OK ? SIM_HTTP_MORE : SIM_HTTP_BAD;
}

bool sim_http_message_begun(const struct sim_http_message *m)
{
    return m->head_len > 0;
}

const char *sim_http_message_method(const struct sim_http_message *m)
{
    return llhttp_method_name((llhttp_method_t)llhttp_get_method((llhttp_t *)&m->parser));
}

void sim_http_message_cleanup(struct sim_http_message *m)
{
    sim_buffer_cleanup(&m->target);
    sim_buffer_cleanup(&m->field);
    sim_buffer_cleanup(&m->value);
    sim_buffer_cleanup(&m->content_type);
    sim_buffer_cleanup(&m->body);
}
