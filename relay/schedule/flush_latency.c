#include "relay/schedule/flush_latency.h"

#define NS_PER_MS INT64_C(1000000)

/* How many spans have passed since this one began. */
static int64_t spans_since(const struct flush_latency *flush_latency, int64_t now_ns)
{
	return (now_ns - flush_latency->span_ns) / (FLUSH_LATENCY_SPAN_MS * NS_PER_MS);
}

void flush_latency_note(struct flush_latency *flush_latency, int64_t took_ns, int64_t now_ns)
{
	const int64_t spans = spans_since(flush_latency, now_ns);

	if (spans > 0) {
		flush_latency->most_ns[0] = spans == 1 ? flush_latency->most_ns[1] : 0;
		flush_latency->most_ns[1] = 0;
		flush_latency->span_ns = now_ns;
	}
	if (took_ns > flush_latency->most_ns[1])
		flush_latency->most_ns[1] = took_ns;
}

int64_t flush_latency_ns(const struct flush_latency *flush_latency, int64_t now_ns)
{
	const int64_t spans = spans_since(flush_latency, now_ns);
	int64_t most_ns = 0;

	if (spans <= 1)
		most_ns = flush_latency->most_ns[1];
	if (spans == 0 && flush_latency->most_ns[0] > most_ns)
		most_ns = flush_latency->most_ns[0];
	return most_ns;
}
