#include "client/lab/receiver.h"

#include "client/lab/update.h"
#include "proto/net/net.h"
#include "proto/net/udp/udp.h"
#include "proto/net/udp/udp_clock.h"

#include <arpa/inet.h>

#define TURN_S 0.05

static const int64_t counts_each_ns = 100000000;

/* Following. */

static void take_entities(struct starling *session, uint32_t numbers[LAB_BIRDS_MAX],
			  const struct receiver_watch *watch)
{
	struct starling_entity entities[LAB_BIRDS_MAX];
	const size_t there = starling_entities(session, entities, LAB_BIRDS_MAX);

	for (size_t i = 0; i < there && i < LAB_BIRDS_MAX; i++) {
		const struct starling_entity *entity = &entities[i];
		struct lab_record record = { .bird = entity->index,
					     .x = entity->x,
					     .y = entity->y };

		if (entity->index >= LAB_BIRDS_MAX ||
		    !lab_update_read_payload(&record, entity->payload, entity->payload_bytes) ||
		    record.number == numbers[entity->index])
			continue;
		numbers[entity->index] = record.number;
		watch->update(watch->context, &record);
	}
}

static bool take_events(struct starling *session, int records)
{
	struct starling_event event;

	while (starling_next(session, &event))
		if (event.type == STARLING_ENDED) {
			stage_break(records, "a receiver: %s", event.text);
			return false;
		}
	return true;
}

void receiver_follow(struct starling *session, int records, const struct receiver_watch *watch)
{
	uint32_t numbers[LAB_BIRDS_MAX] = { 0 };

	do {
		(void)starling_wait(session, TURN_S);
		starling_update(session);
		take_entities(session, numbers, watch);
		watch->turn(watch->context, session);
	} while (take_events(session, records));
	starling_close(session);
}

/* A receiver's process. */

struct receiver {
	enum lab_way way;
	int records;
	bool is_ready;
	int64_t counted_ns;
};

static void on_update(void *context, struct lab_record *record)
{
	const struct receiver *receiver = context;

	record->kind = LAB_UPDATE;
	record->way = receiver->way;
	lab_record_send(receiver->records, record);
}

static void on_turn(void *context, struct starling *session)
{
	struct receiver *receiver = context;
	struct lab_record record = { .way = receiver->way, .at_ns = udp_clock_ns() };
	struct starling_stats stats;

	if (!receiver->is_ready && starling_status(session) == STARLING_PLAYING) {
		receiver->is_ready = true;
		record.kind = LAB_READY;
		lab_record_send(receiver->records, &record);
	}
	if (record.at_ns < receiver->counted_ns + counts_each_ns)
		return;
	receiver->counted_ns = record.at_ns;
	starling_stats(session, &stats);
	record.kind = LAB_COUNTS;
	record.delivered = stats.received;
	record.late = stats.late;
	record.lost = stats.lost;
	record.skipped = stats.skipped;
	lab_record_send(receiver->records, &record);
}

/* Its sockets' address, by which its link knows it. */
static uint32_t own_address;

static int bind_own(struct net *net, int socket, const struct net_address *address)
{
	const struct net_address own = { .host = htonl(own_address), .port = address->port };

	(void)net;
	return udp_net()->bind(udp_net(), socket, &own);
}

void receiver_run(enum lab_way way, uint32_t own_host, int records)
{
	static const enum starling_mode modes[] = { [LAB_UNSEQUENCED] = STARLING_UNSEQUENCED,
						    [LAB_SEQUENCED] = STARLING_SEQUENCED,
						    [LAB_RELIABLE] = STARLING_RELIABLE };
	static struct net net;
	struct receiver receiver = { .way = way, .records = records };
	const struct receiver_watch watch = { .update = on_update,
					      .turn = on_turn,
					      .context = &receiver };
	struct starling *session;

	own_address = own_host;
	net = *udp_net();
	net.bind = bind_own;
	net_use(&net);
	session = stage_join(records, starling_mode_text(modes[way]), modes[way]);
	if (session)
		receiver_follow(session, records, &watch);
}
