/* link: the process of the lab's links: what they lose and pass on the way to a receiver. */
#include "client/lab/stage_internal.h"
#include "proto/net/netns/link_emulator.h"

static void on_entered(void *context, size_t member, enum member_links_way way, size_t bytes,
		       size_t payload_bytes, bool is_passed, int64_t now_ns)
{
	struct lab_record record = { .kind = LAB_PACKET,
				     .way = (enum lab_way)member,
				     .at_ns = now_ns,
				     .is_passed = is_passed };

	(void)bytes;
	/* A stream's bare acknowledgements hold nothing up. */
	if (way == MEMBER_LINKS_DOWN && payload_bytes > 0)
		lab_record_send(*(const int *)context, &record);
}

void link_run(const struct stage_config *config, const int tunnels[MEMBER_LINKS_WAYS], int records)
{
	static struct member_links links; /* too large for a stack */
	struct link_emulator_config emulator = { .members = LAB_WAYS,
						 .line = config->link,
						 .seed = config->seed,
						 .watch = { .entered = on_entered,
							    .context = &records } };

	for (int way = 0; way < MEMBER_LINKS_WAYS; way++)
		emulator.tunnels[way] = tunnels[way];
	if (link_emulator_run(&emulator, &links) < 0)
		stage_break(records, "no memory for the links");
	member_links_fini(&links);
}
