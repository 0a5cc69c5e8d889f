/*
 * link: the process of the lab's links: what they lose and pass on the way to a receiver, and what
 * they are told to.
 */
#include <string.h>
#include <sys/socket.h>

#include "client/lab/passage.h"
#include "client/lab/stage_internal.h"
#include "proto/net/netns/link_emulator.h"

struct link_process {
	int records, orders;
	struct passage_stream stream;
};

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Tells which updates a packet carries that enters its link, or leaves it. */
static void tell_passage(struct link_process *process, const struct link_emulator_packet *packet,
			 struct lab_record *record)
{
	struct lab_update_id ids[PASSAGE_UPDATES];
	const size_t count =
		passage_read(&process->stream, record->way, packet->data, packet->size, ids);

	for (size_t at = 0; at < count; at += record->passage.count) {
		record->passage.count = (unsigned)least(count - at, LAB_PASSAGE_MAX);
		memcpy(record->passage.ids, ids + at, record->passage.count * sizeof(ids[0]));
		lab_record_send(process->records, record);
	}
}

static void on_handed_on(void *context, const struct link_emulator_packet *packet, int64_t due_ns,
			 int64_t now_ns)
{
	struct lab_record record = { .kind = LAB_LEFT,
				     .way = (enum lab_way)packet->member,
				     .at_ns = now_ns,
				     .late_ns = now_ns - due_ns };

	if (packet->way == MEMBER_LINKS_DOWN)
		tell_passage(context, packet, &record);
}

static void on_entered(void *context, const struct link_emulator_packet *packet, int64_t now_ns)
{
	struct link_process *process = context;
	struct lab_record record = { .kind = LAB_PACKET,
				     .way = (enum lab_way)packet->member,
				     .at_ns = now_ns,
				     .is_passed = packet->is_passed,
				     .packet.size = packet->size };

	/* A stream's bare acknowledgements hold nothing up. */
	if (packet->way != MEMBER_LINKS_DOWN || packet->payload_bytes == 0)
		return;
	memcpy(record.packet.bytes, packet->data, least(packet->size, LAB_PACKET_BYTES));
	lab_record_send(process->records, &record);
	record.kind = LAB_ENTERED;
	tell_passage(process, packet, &record);
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
	/* Too large for a stack. */
	static struct member_links links;
	static struct link_process process;
	struct link_emulator_config emulator = { .members = LAB_WAYS,
						 .line = config->link,
						 .seed = config->seed,
						 .watch = { .turn = on_turn,
							    .entered = on_entered,
							    .handed_on = on_handed_on,
							    .context = &process } };

	process.records = records;
	process.orders = orders;
	for (int way = 0; way < MEMBER_LINKS_WAYS; way++)
		emulator.tunnels[way] = tunnels[way];
	if (link_emulator_run(&emulator, &links) < 0)
		stage_break(records, "no memory for the links");
	member_links_fini(&links);
}
