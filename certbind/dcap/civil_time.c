#include "certbind/dcap/civil_time.h"

#include <stdio.h>

struct civil {
    unsigned year, month, day, hour, minute, second;
};

static bool is_leap(unsigned year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static unsigned days_in_month(unsigned year, unsigned month)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return days[month - 1] + (month == 2 && is_leap(year) ? 1u : 0u);
}

static bool to_seconds(const struct civil *c, uint64_t *out)
{
    uint64_t years = c->year - 1u;
    uint64_t days;

    if (c->year < 1970 || c->year > 9999 || c->month < 1 || c->month > 12 || c->day < 1 ||
        c->day > days_in_month(c->year, c->month) || c->hour > 23 || c->minute > 59 ||
        c->second > 59)
        return false;
    days = years * 365 + years / 4 - years / 100 + years / 400; /* since 0001-01-01 */
    for (unsigned month = 1; month < c->month; month++)
        days += days_in_month(c->year, month);
    days += c->day - 1u;
    days -= 719162; /* 1970-01-01 */
    *out = ((days * 24 + c->hour) * 60 + c->minute) * 60 + c->second;
    return true;
}

static bool read_number(struct certbind_reader *r, size_t digits, unsigned *out)
{
    *out = 0;
    for (size_t i = 0; i < digits; i++) {
        uint8_t c = certbind_read_u8(r);

        if (c < '0' || c > '9')
            return false;
        *out = *out * 10 + (c - (unsigned)'0');
    }
    return true;
}

static bool read_mark(struct certbind_reader *r, uint8_t mark)
{
    return certbind_read_u8(r) == mark;
}

/* An optional fraction, then the Z. */
static bool read_end(struct certbind_reader *r)
{
    uint8_t c = certbind_read_u8(r);
    size_t digits = 0;

    if (c == '.') {
        for (c = certbind_read_u8(r); c >= '0' && c <= '9'; c = certbind_read_u8(r))
            digits++;
        if (digits == 0)
            return false;
    }
    return c == 'Z' && certbind_reader_done(r);
}

bool certbind_rfc3339_parse(struct certbind_bytes text, uint64_t *out)
{
    struct certbind_reader r;
    struct civil c;

    *out = 0;
    certbind_reader_init(&r, text);
    if (!read_number(&r, 4, &c.year) || !read_mark(&r, '-') || !read_number(&r, 2, &c.month) ||
        !read_mark(&r, '-') || !read_number(&r, 2, &c.day) || !read_mark(&r, 'T') ||
        !read_number(&r, 2, &c.hour) || !read_mark(&r, ':') || !read_number(&r, 2, &c.minute) ||
        !read_mark(&r, ':') || !read_number(&r, 2, &c.second))
        return false;
    return read_end(&r) && to_seconds(&c, out);
}

/* What follows the year in both forms of ASN.1. */
static bool read_after_year(struct certbind_reader *r, struct civil *c)
{
    return read_number(r, 2, &c->month) && read_number(r, 2, &c->day) &&
           read_number(r, 2, &c->hour) && read_number(r, 2, &c->minute) &&
           read_number(r, 2, &c->second) && read_mark(r, 'Z') && certbind_reader_done(r);
}

bool certbind_utc_time_parse(struct certbind_bytes text, uint64_t *out)
{
    struct certbind_reader r;
    struct civil c;

    *out = 0;
    certbind_reader_init(&r, text);
    if (!read_number(&r, 2, &c.year) || !read_after_year(&r, &c))
        return false;
    c.year += c.year < 50 ? 2000 : 1900;
    return to_seconds(&c, out);
}

bool certbind_generalized_time_parse(struct certbind_bytes text, uint64_t *out)
{
    struct certbind_reader r;
    struct civil c;

    *out = 0;
    certbind_reader_init(&r, text);
    return read_number(&r, 4, &c.year) && read_after_year(&r, &c) && to_seconds(&c, out);
}

bool certbind_rfc3339_format(uint64_t seconds, char out[CERTBIND_RFC3339_ROOM])
{
    struct civil c = {.year = 1970, .month = 1};
    uint64_t days = seconds / 86400;
    unsigned rest = (unsigned)(seconds % 86400);

    out[0] = '\0';
    for (; days >= (is_leap(c.year) ? 366u : 365u) && c.year <= 9999; c.year++)
        days -= is_leap(c.year) ? 366u : 365u;
    if (c.year > 9999)
        return false;
    for (; days >= days_in_month(c.year, c.month); c.month++)
        days -= days_in_month(c.year, c.month);
    return snprintf(out, CERTBIND_RFC3339_ROOM, "%04u-%02u-%02uT%02u:%02u:%02uZ", c.year % 10000,
                    c.month % 100, (unsigned)days % 100 + 1, rest / 3600 % 100, rest / 60 % 60,
                    rest % 60) == CERTBIND_RFC3339_ROOM - 1;
}
