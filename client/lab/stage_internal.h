/* stage_internal: what the lab's processes do, each in its own; none of these returns before it is
 * ended or has failed. */
#ifndef STARLING_CLIENT_LAB_STAGE_INTERNAL_H
#define STARLING_CLIENT_LAB_STAGE_INTERNAL_H

#include "client/lab/stage.h"
#include "client/lib/starling.h"
#include "proto/net/netns/member_links.h"

#define STAGE_RELAY_ADDRESS "10.83.0.1" /* TUNNEL_RELAY_HOST */

enum {
	STAGE_RELAY_PORT = 7777, /* nothing else is in their network */
	STAGE_STREAM_PORT = 7778,
};

/* Says that it cannot go on, and why. */
void stage_break(int records, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A member of the lab's room. NULL after a LAB_BROKEN. */
struct starling *stage_join(int records, const char *name, enum starling_mode down);

/* Publishes the birds, and tells the truth. */
void publisher_run(const struct stage_config *config, int records);

/* Receives as a member, from the member's own address. */
void receiver_run(enum lab_way way, uint32_t own_host, int records);

/* As a member it takes what the relay sends, and writes it to whoever has connected. */
void stream_server_run(int records);

/* Connects from this address, and reads. */
void stream_receiver_run(uint32_t own_host, int records);

/* The links, which obey the lab_orders that come. */
void link_run(const struct stage_config *config, const int tunnels[MEMBER_LINKS_WAYS], int records,
	      int orders);

#endif
