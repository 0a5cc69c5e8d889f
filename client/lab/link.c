/*
 * link: the process of the lab's links: what they lose and pass on the way to a receiver, and what
 * they are told to.
 */
#include <string.h>
#include <sys/socket.h>

#include "client/lab/stage_internal.h"
#include "proto/net/netns/link_emulator.h"

struct link_process {
	int records, orders;
};

static void on_entered(void *context, const struct link_emulator_packet *packet, int64_t now_ns)
{
	const struct link_process *process = context;
	struct lab_record record = { .kind = LAB_PACKET,
				     .way = (enum lab_way)packet->member,
				     .at_ns = now_ns,
				     .is_passed = packet->is_passed,
				     .packet.size = packet->size };

	/* A stream's bare acknowledgements hold nothing up. */
	if (packet->way != MEMBER_LINKS_DOWN || packet->payload_bytes == 0)
		return;
	memcpy(record.packet.bytes, packet->data,
	       packet->size < LAB_PACKET_BYTES ? packet->size : LAB_PACKET_BYTES);
	lab_record_send(process->records, &record);
}

static void on_turn(void *context, struct member_links *links, int64_t now_ns)
{
	const struct link_process *process = context;
	struct lab_order order;

	while (recv(process->orders, &order, sizeof(order), MSG_DONTWAIT) == sizeof(order)) {
		if (order.cut_ns > 0)
			member_links_cut(links, now_ns, order.cut_ns);
		else
			member_links_change(links, &order.terms, now_ns);
	}
}

void link_run(const struct stage_config *config, const int tunnels[MEMBER_LINKS_WAYS], int records,
	      int orders)
{
	static struct member_links links; /* too large for a stack */
	struct link_process process = { records, orders };
	struct link_emulator_config emulator = {
		.members = LAB_WAYS,
		.line = config->link,
		.seed = config->seed,
		.watch = { .turn = on_turn, .entered = on_entered, .context = &process }
	};

	for (int way = 0; way < MEMBER_LINKS_WAYS; way++)
		emulator.tunnels[way] = tunnels[way];
	if (link_emulator_run(&emulator, &links) < 0)
		stage_break(records, "no memory for the links");
	member_links_fini(&links);
}
