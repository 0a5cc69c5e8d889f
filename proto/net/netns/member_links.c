#include "proto/net/netns/member_links.h"

uint64_t member_links_seed(uint64_t seed, size_t member, enum member_links_way way)
{
	return seed * UINT64_C(0x9e3779b97f4a7c15) + 2 * member + (way == MEMBER_LINKS_UP ? 1 : 2);
}

void member_links_restart(struct member_links *lanes, int64_t start_ns)
{
	for (size_t i = 0; i < lanes->members; i++)
		for (int way = 0; way < MEMBER_LINKS_WAYS; way++)
			link_model_init(
				&lanes->lanes[i][way].impair, lanes->spec,
				member_links_seed(lanes->seed, i, (enum member_links_way)way),
				start_ns);
}

void member_links_change(struct member_links *lanes, const struct link_model_terms *terms,
			 int64_t now_ns)
{
	for (size_t i = 0; i < lanes->members; i++)
		for (int way = 0; way < MEMBER_LINKS_WAYS; way++)
			link_model_change(&lanes->lanes[i][way].impair, terms, now_ns);
}

void member_links_cut(struct member_links *lanes, int64_t now_ns, int64_t span_ns)
{
	for (size_t i = 0; i < lanes->members; i++)
		for (int way = 0; way < MEMBER_LINKS_WAYS; way++)
			link_model_cut(&lanes->lanes[i][way].impair, now_ns, span_ns);
}

int member_links_init(struct member_links *lanes, const struct link_model_spec *spec, uint64_t seed,
		      size_t members, int64_t now_ns)
{
	*lanes = (struct member_links){ .spec = spec, .seed = seed, .members = members };
	member_links_restart(lanes, now_ns);
	return delay_queue_pool_init(&lanes->pool, NET_DATAGRAM_MAX_BYTES);
}

void member_links_fini(struct member_links *lanes)
{
	delay_queue_pool_fini(&lanes->pool);
}

static void hold(struct member_links *lanes, struct lane *lane, int64_t due_ns, const uint8_t *data,
		 size_t size)
{
	const struct net_buffer buffer = { .data = data, .size = size };
	const struct net_address nobody = { 0 };

	if (!delay_queue_add(&lane->transit, &lanes->pool, due_ns, &nobody, &buffer, 1))
		lanes->overflown++;
}

bool member_links_enter(struct member_links *lanes, size_t member, enum member_links_way way,
			int64_t now_ns, const uint8_t *data, size_t size, size_t line_bytes,
			size_t payload_bytes)
{
	struct lane *lane = &lanes->lanes[member][way];
	struct link_model_fate fate;

	lanes->datagrams++;
	lanes->bytes += payload_bytes;
	if (!link_model_decide(&lane->impair, now_ns, line_bytes, &fate))
		return false;
	hold(lanes, lane, fate.arrives_ns, data, size);
	if (fate.is_doubled)
		hold(lanes, lane, fate.copy_arrives_ns, data, size);
	return true;
}

int64_t member_links_next_ns(const struct member_links *lanes)
{
	int64_t next_ns = INT64_MAX;

	for (size_t i = 0; i < lanes->members; i++)
		for (int way = 0; way < MEMBER_LINKS_WAYS; way++) {
			int64_t due_ns =
				delay_queue_next_ns(&lanes->lanes[i][way].transit, &lanes->pool);

			next_ns = due_ns < next_ns ? due_ns : next_ns;
		}
	return next_ns;
}

static void leave(struct member_links *lanes, size_t member, enum member_links_way way,
		  int64_t now_ns, member_links_arrive_function *arrive, void *context)
{
	struct delay_queue *transit = &lanes->lanes[member][way].transit;

	while (delay_queue_next_ns(transit, &lanes->pool) <= now_ns) {
		const uint8_t *bytes;
		const struct delay_queue_item *item =
			delay_queue_first(transit, &lanes->pool, &bytes);

		arrive(context, member, way, bytes, item->size, item->due_ns);
		delay_queue_remove_first(transit, &lanes->pool);
	}
}

void member_links_leave(struct member_links *lanes, int64_t now_ns,
			member_links_arrive_function *arrive, void *context)
{
	for (size_t i = 0; i < lanes->members; i++)
		for (int way = 0; way < MEMBER_LINKS_WAYS; way++)
			leave(lanes, i, (enum member_links_way)way, now_ns, arrive, context);
}

void member_links_stats(const struct member_links *lanes, struct link_model_stats *up,
			struct link_model_stats *down)
{
	*up = *down = (struct link_model_stats){ 0 };
	for (size_t i = 0; i < lanes->members; i++) {
		link_model_stats_add(up, &lanes->lanes[i][MEMBER_LINKS_UP].impair.stats);
		link_model_stats_add(down, &lanes->lanes[i][MEMBER_LINKS_DOWN].impair.stats);
	}
}
