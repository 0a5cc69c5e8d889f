/*
 * member_links: the links of a room's members, each with two ways of its own (up to the relay and
 * down from it), and the packets under way on them.
 *
 * The luck of a member's way follows from the seed as on the bench's simulated network, so the n-th
 * datagram of a way meets the same luck in either, and whatever is carried.
 */
#ifndef STARLING_PROTO_NET_MEMBER_LINKS_H
#define STARLING_PROTO_NET_MEMBER_LINKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/net/link/link_model.h"
#include "proto/net/link/delay_queue.h"

enum {
	MEMBER_LINKS_MAX = 64, /* members */
};

enum member_links_way {
	MEMBER_LINKS_UP,
	MEMBER_LINKS_DOWN,
	MEMBER_LINKS_WAYS,
};

struct member_links {
	const struct link_model_spec *spec; /* of every way; must outlive it */
	uint64_t seed;
	size_t members;
	struct delay_queue_pool pool;
	struct member_link {
		struct link_model model;
		struct delay_queue queue;
	} ways[MEMBER_LINKS_MAX][MEMBER_LINKS_WAYS];
	uint64_t datagrams, bytes; /* that entered; bytes as told by member_links_enter */
	uint64_t overflown;        /* passed by the model, but there was no room to hold them */
};

/* Takes a datagram that arrives. The bytes are good until the call returns. */
typedef void member_links_arrive_function(void *context, size_t member, enum member_links_way way,
					  const uint8_t *data, size_t size, int64_t due_ns);

/* `members` is 1 to MEMBER_LINKS_MAX. 0, or -ENOMEM. */
int member_links_init(struct member_links *links, const struct link_model_spec *spec, uint64_t seed,
		      size_t members, int64_t now_ns);

/* Accepts one that is all zero. */
void member_links_fini(struct member_links *links);

/*
 * Begins all links anew at `start_ns`: times of changes, counts and luck. Datagrams under way stay
 * so.
 */
void member_links_restart(struct member_links *links, int64_t start_ns);

/* All links have these terms from now on (link_model_change); or pass nothing for so long. */
void member_links_change(struct member_links *links, const struct link_model_terms *terms,
			 int64_t now_ns);
void member_links_cut(struct member_links *links, int64_t now_ns, int64_t span_ns);

/* The seed of a member's way. */
uint64_t member_links_seed(uint64_t seed, size_t member, enum member_links_way way);

/*
 * A datagram of `size` bytes (1 to NET_DATAGRAM_MAX_BYTES) enters; `line_bytes` is its UDP payload,
 * or what a packet of another protocol counts as (its length less LINK_MODEL_HEADER_BYTES), and
 * `payload_bytes` is what it adds to `bytes`. A datagram that passes is copied; without room for
 * it, it is counted in `overflown`. Returns whether the link passed it.
 */
bool member_links_enter(struct member_links *links, size_t member, enum member_links_way way,
			int64_t now_ns, const uint8_t *data, size_t size, size_t line_bytes,
			size_t payload_bytes);

/* When the next one arrives; INT64_MAX when nothing is under way. */
int64_t member_links_next_ns(const struct member_links *links);

/* Hands over all that has arrived by `now_ns`, of each link in order. */
void member_links_leave(struct member_links *links, int64_t now_ns,
			member_links_arrive_function *arrive, void *context);

/* Sums over members. */
void member_links_stats(const struct member_links *links, struct link_model_stats *up,
			struct link_model_stats *down);

#endif
