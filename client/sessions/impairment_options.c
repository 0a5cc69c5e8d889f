#include "client/sessions/impairment_options.h"

#include <errno.h>
#include <inttypes.h>

#include "proto/net/udp/udp.h"

int impairment_begin(struct impairment *impairment, const struct options *options)
{
	*impairment = (struct impairment){ 0 };
	if (link_model_is_perfect(&options->impair_in) &&
	    link_model_is_perfect(&options->impair_out))
		return 0;
	impairment->impaired = impaired_net_create(udp_net(), &options->impair_in,
						   &options->impair_out, options->seed);
	if (impairment->impaired == NULL)
		return -ENOMEM;
	net_use(impaired_net_as_net(impairment->impaired));
	return 0;
}

bool impairment_stats(const struct impairment *impairment, struct impaired_net_stats *stats)
{
	*stats = (struct impaired_net_stats){ 0 };
	if (impairment->impaired == NULL)
		return false;
	impaired_net_stats(impairment->impaired, stats);
	return true;
}

static void print_link(FILE *out, const char *program, const char *direction,
		       const struct link_model_stats *stats)
{
	const double mean_ms =
		stats->passed > 0 ? (double)stats->delay_sum_ns / (double)stats->passed / 1e6 : 0;

	if (stats->entered == 0)
		return;
	fprintf(out,
		"%s: the link %s passed %" PRIu64 " of %" PRIu64 " datagrams after %.3f ms on "
		"average; lost %" PRIu64 ", %" PRIu64 " in blackouts, %" PRIu64
		" at a full queue; doubled %" PRIu64 ", held back %" PRIu64 "\n",
		program, direction, stats->passed, stats->entered, mean_ms, stats->lost,
		stats->lost_blackout, stats->lost_queue, stats->doubled, stats->held_back);
}

void impairment_print(const struct impairment *impairment, const char *program, FILE *out)
{
	struct impaired_net_stats stats;

	if (!impairment_stats(impairment, &stats))
		return;
	print_link(out, program, "in", &stats.in);
	print_link(out, program, "out", &stats.out);
	if (stats.overflown > 0)
		fprintf(out,
			"%s: %" PRIu64 " more were dropped: too many were under way at once; "
			"send less, or ask for shorter delays\n",
			program, stats.overflown);
}

void impairment_end(struct impairment *impairment)
{
	if (impairment->impaired == NULL)
		return;
	net_use(NULL);
	impaired_net_destroy(impairment->impaired);
	impairment->impaired = NULL;
}
