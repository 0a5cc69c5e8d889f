#include "relay/status/rates.h"

#define NS_PER_S INT64_C(1000000000)

const char *rate_name(enum rate rate)
{
	static const char *const names[RATES] = {
		[RATE_DATAGRAMS_IN] = "datagrams_in", [RATE_DATAGRAMS_OUT] = "datagrams_out",
		[RATE_BYTES_IN] = "bytes_in",         [RATE_BYTES_OUT] = "bytes_out",
		[RATE_UPDATES_IN] = "updates_in",     [RATE_UPDATES_OUT] = "updates_out",
		[RATE_CPU_SHARE] = "cpu_share",
	};

	return (unsigned)rate < RATES ? names[rate] : "unknown";
}

static struct rate_mark mark_of(const struct counts *counts, int64_t at_ns)
{
	const struct net_stats *net = &counts->net;
	const struct accounting *accounting = &counts->accounting;

	return (struct rate_mark){
		.at_ns = at_ns,
		.totals = {
			[RATE_DATAGRAMS_IN] = (double)net->datagrams_in,
			[RATE_DATAGRAMS_OUT] = (double)net->datagrams_out,
			[RATE_BYTES_IN] = (double)net->bytes_in,
			[RATE_BYTES_OUT] = (double)net->bytes_out,
			[RATE_UPDATES_IN] = (double)accounting->updates_in,
			[RATE_UPDATES_OUT] = (double)accounting->ended[ACCOUNTING_DELIVERED],
			[RATE_CPU_SHARE] =
				(double)(counts->cpu_user_us + counts->cpu_system_us) / 1e6,
		},
	};
}

void rates_note(struct rates *rates, const struct counts *counts, int64_t at_ns)
{
	const struct rate_mark now = mark_of(counts, at_ns);
	const struct rate_mark *before = &rates->marks[1];

	if (at_ns - rates->marks[0].at_ns >= NS_PER_S) {
		rates->marks[1] = rates->marks[0];
		rates->marks[0] = now;
	}
	rates->is_known = before->at_ns > 0;
	for (unsigned i = 0; i < RATES; i++)
		rates->a_second[i] = (now.totals[i] - before->totals[i]) * (double)NS_PER_S /
				     (double)(at_ns - before->at_ns);
}
