#include "gateway/limits/bucket.h"

enum { US_PER_S = 1000000 };

unsigned gateway_bucket_take(gateway_bucket *bucket, const struct gateway_rate *rate,
                             uint64_t now_us)
{
    uint64_t each, room, due;

    if (rate->per_s == 0)
        return 0;
    each = US_PER_S / rate->per_s;
    room = (rate->burst > 0 ? rate->burst - 1 : 0) * each;
    due = gateway_bucket_is_full(*bucket, now_us) ? now_us : *bucket;
    if (due - now_us > room)
        return (unsigned)((due - now_us - room + US_PER_S - 1) / US_PER_S);
    *bucket = due + each;
    return 0;
}

bool gateway_bucket_is_full(gateway_bucket bucket, uint64_t now_us)
{
    return bucket <= now_us;
}
