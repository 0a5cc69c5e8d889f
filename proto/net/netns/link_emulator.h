/*
 * link_emulator: the link between the network namespaces of members and of their relay: a process
 * that reads each IP packet from the tunnel at one end (tunnel.h) and writes it to the other when
 * the member's own link lets it pass.
 */
#ifndef STARLING_PROTO_NET_LINK_EMULATOR_H
#define STARLING_PROTO_NET_LINK_EMULATOR_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/net/netns/member_links.h"

/* An IP packet on a member's way. The bytes are good during the call. */
struct link_emulator_packet {
	size_t member;
	enum member_links_way way;
	const uint8_t *data;
	size_t size, payload_bytes; /* payload: of UDP, or of TCP's stream */
	bool is_passed;
};

/* Calls to its user. Each may be NULL. Times are of udp_clock_ns. */
struct link_emulator_watch {
	/* Once a turn, and at least once a second, before packets are taken. */
	void (*turn)(void *context, struct member_links *links, int64_t now_ns);
	/* A packet has entered a link, which passes it, or not. */
	void (*entered)(void *context, const struct link_emulator_packet *packet, int64_t now_ns);
	/* A packet is handed on, after its time or on it; its payload_bytes are not known. */
	void (*handed_on)(void *context, const struct link_emulator_packet *packet, int64_t due_ns,
			  int64_t now_ns);
	void *context;
};

struct link_emulator_config {
	size_t members;
	const struct link_model_spec *line; /* each member's, each way */
	uint64_t seed;
	int tunnels[MEMBER_LINKS_WAYS]; /* where packets go up, and down, from */
	struct link_emulator_watch watch;
};

/*
 * Runs until SIGTERM; for a process of its own. `links` holds the counts afterwards, and is the
 * caller's to end with member_links_fini. 0, or -ENOMEM: it did not begin.
 */
int link_emulator_run(const struct link_emulator_config *config, struct member_links *links);

#endif
