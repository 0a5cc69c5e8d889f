#include "relay/lateness.h"

#define NS_PER_MS INT64_C(1000000)

/* How many spans have passed since this one began. */
static int64_t spans_since(const struct lateness *lateness, int64_t now_ns)
{
	return (now_ns - lateness->span_ns) / (LATENESS_SPAN_MS * NS_PER_MS);
}

void lateness_note(struct lateness *lateness, int64_t took_ns, int64_t now_ns)
{
	const int64_t spans = spans_since(lateness, now_ns);

	if (spans > 0) {
		lateness->most_ns[0] = spans == 1 ? lateness->most_ns[1] : 0;
		lateness->most_ns[1] = 0;
		lateness->span_ns = now_ns;
	}
	if (took_ns > lateness->most_ns[1])
		lateness->most_ns[1] = took_ns;
}

int64_t lateness_ns(const struct lateness *lateness, int64_t now_ns)
{
	const int64_t spans = spans_since(lateness, now_ns);
	int64_t most_ns = 0;

	if (spans <= 1)
		most_ns = lateness->most_ns[1];
	if (spans == 0 && lateness->most_ns[0] > most_ns)
		most_ns = lateness->most_ns[0];
	return most_ns;
}
