#include "bench/netns/live_link.h"

#include "bench/measure/hist.h"
#include "proto/net/netns/tunnel.h"

struct live_link {
	struct live_link_shared *shared;
	struct hist late; /* handed on after its time */
	bool is_restarted;
};

/* Restarts at the time from which the members publish, which they say before. */
static void on_turn(void *context, struct member_links *links, int64_t now_ns)
{
	struct live_link *link = context;
	const int64_t start_ns = atomic_load(&link->shared->start_ns);

	atomic_store(&link->shared->datagrams, links->datagrams);
	atomic_store(&link->shared->bytes, links->bytes);
	if (link->is_restarted || start_ns == 0 || now_ns < start_ns)
		return;
	link->is_restarted = true;
	member_links_restart(links, start_ns);
}

static void on_handed_on(void *context, const struct link_emulator_packet *packet, int64_t due_ns,
			 int64_t now_ns)
{
	struct live_link *link = context;

	(void)packet;
	if (link->is_restarted)
		hist_record(&link->late, now_ns > due_ns ? now_ns - due_ns : 0);
}

static uint64_t drops(const struct network networks[MEMBER_LINKS_WAYS])
{
	uint64_t sum = 0;

	for (int way = 0; way < MEMBER_LINKS_WAYS; way++)
		if (namespaces_enter(networks[way].space) == 0)
			sum += tunnel_drops();
	return sum;
}

void live_link_run(struct link_emulator_config *config,
		   const struct network networks[MEMBER_LINKS_WAYS],
		   struct live_link_shared *shared)
{
	/* Too large for a stack; the process runs one. */
	static struct live_link link;
	static struct member_links links;

	link = (struct live_link){ .shared = shared };
	config->watch = (struct link_emulator_watch){ .turn = on_turn,
						      .handed_on = on_handed_on,
						      .context = &link };
	if (link_emulator_run(config, &links) < 0)
		return;
	on_turn(&link, &links, 0);
	member_links_stats(&links, &shared->result.up, &shared->result.down);
	shared->result.overflown = links.overflown;
	shared->result.drops = drops(networks);
	shared->result.late_p99_us = hist_quantile_ns(&link.late, 0.99) / 1000;
	shared->result.is_done = true;
	member_links_fini(&links);
}
