#include "proto/net/netns/member_links.h"

uint64_t member_links_seed(uint64_t seed, size_t member, enum member_links_way way)
{
	return seed * UINT64_C(0x9e3779b97f4a7c15) + 2 * member + (way == MEMBER_LINKS_UP ? 1 : 2);
}

void member_links_restart(struct member_links *links, int64_t start_ns)
{
	for (size_t i = 0; i < links->members; i++)
		for (int way = 0; way < MEMBER_LINKS_WAYS; way++)
			link_model_init(
				&links->ways[i][way].model, links->spec,
				member_links_seed(links->seed, i, (enum member_links_way)way),
				start_ns);
}

void member_links_change(struct member_links *links, const struct link_model_terms *terms,
			 int64_t now_ns)
{
	for (size_t i = 0; i < links->members; i++)
		for (int way = 0; way < MEMBER_LINKS_WAYS; way++)
			link_model_change(&links->ways[i][way].model, terms, now_ns);
}

void member_links_cut(struct member_links *links, int64_t now_ns, int64_t span_ns)
{
	for (size_t i = 0; i < links->members; i++)
		for (int way = 0; way < MEMBER_LINKS_WAYS; way++)
			link_model_cut(&links->ways[i][way].model, now_ns, span_ns);
}

int member_links_init(struct member_links *links, const struct link_model_spec *spec, uint64_t seed,
		      size_t members, int64_t now_ns)
{
	*links = (struct member_links){ .spec = spec, .seed = seed, .members = members };
	member_links_restart(links, now_ns);
	return delay_queue_pool_init(&links->pool, NET_DATAGRAM_MAX_BYTES);
}

void member_links_fini(struct member_links *links)
{
	delay_queue_pool_fini(&links->pool);
}

static void hold(struct member_links *links, struct member_link *link, int64_t due_ns,
		 const uint8_t *data, size_t size)
{
	const struct net_buffer buffer = { .data = data, .size = size };
	const struct net_address nobody = { 0 };

	if (!delay_queue_add(&link->queue, &links->pool, due_ns, &nobody, &buffer, 1))
		links->overflown++;
}

bool member_links_enter(struct member_links *links, size_t member, enum member_links_way way,
			int64_t now_ns, const uint8_t *data, size_t size, size_t line_bytes,
			size_t payload_bytes)
{
	struct member_link *link = &links->ways[member][way];
	struct link_model_fate fate;

	links->datagrams++;
	links->bytes += payload_bytes;
	if (!link_model_decide(&link->model, now_ns, line_bytes, &fate))
		return false;
	hold(links, link, fate.arrives_ns, data, size);
	if (fate.is_doubled)
		hold(links, link, fate.copy_arrives_ns, data, size);
	return true;
}

int64_t member_links_next_ns(const struct member_links *links)
{
	int64_t next_ns = INT64_MAX;

	for (size_t i = 0; i < links->members; i++)
		for (int way = 0; way < MEMBER_LINKS_WAYS; way++) {
			int64_t due_ns =
				delay_queue_next_ns(&links->ways[i][way].queue, &links->pool);

			next_ns = due_ns < next_ns ? due_ns : next_ns;
		}
	return next_ns;
}

static void leave(struct member_links *links, size_t member, enum member_links_way way,
		  int64_t now_ns, member_links_arrive_function *arrive, void *context)
{
	struct delay_queue *queue = &links->ways[member][way].queue;

	while (delay_queue_next_ns(queue, &links->pool) <= now_ns) {
		const uint8_t *bytes;
		const struct delay_queue_item *item =
			delay_queue_first(queue, &links->pool, &bytes);

		arrive(context, member, way, bytes, item->size, item->due_ns);
		delay_queue_remove_first(queue, &links->pool);
	}
}

void member_links_leave(struct member_links *links, int64_t now_ns,
			member_links_arrive_function *arrive, void *context)
{
	for (size_t i = 0; i < links->members; i++)
		for (int way = 0; way < MEMBER_LINKS_WAYS; way++)
			leave(links, i, (enum member_links_way)way, now_ns, arrive, context);
}

void member_links_stats(const struct member_links *links, struct link_model_stats *up,
			struct link_model_stats *down)
{
	*up = *down = (struct link_model_stats){ 0 };
	for (size_t i = 0; i < links->members; i++) {
		link_model_stats_add(up, &links->ways[i][MEMBER_LINKS_UP].model.stats);
		link_model_stats_add(down, &links->ways[i][MEMBER_LINKS_DOWN].model.stats);
	}
}
