/*
 * enet_stage: two hosts of ENet, unmodified, on our platform functions and a simulated network. For
 * cmocka tests: what is expected and does not happen fails the test.
 */
#ifndef STARLING_TESTS_ENET_STAGE_H
#define STARLING_TESTS_ENET_STAGE_H

#include <enet/enet.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/net/random.h"
#include "proto/net/sim.h"

enum {
	ENET_STAGE_PORT = 7000,       /* the server's */
	ENET_STAGE_TURNS_MAX = 20000, /* a deadline that says "now" for ever would need more */
};

/* What a host has heard. */
struct enet_heard {
	unsigned connects, disconnects, packets;
	char last[64];
};

/* A server and a client, each with its peer for the other, on a network of their own. */
struct enet_stage {
	struct sim *sim;
	ENetHost *server, *client;
	ENetPeer *to_server, *to_client;
	struct enet_heard server_heard, client_heard;
	struct random random;
};

/* A cmocka test with a stage of its own, at `*state`, with seed 1. */
#define STAGED(test) cmocka_unit_test_setup_teardown(test, enet_stage_set_up, enet_stage_tear_down)
int enet_stage_set_up(void **state);
int enet_stage_tear_down(void **state);

void enet_stage_open(struct enet_stage *stage, uint64_t seed);
void enet_stage_close(struct enet_stage *stage);

/* Another host, with our seed. */
ENetHost *enet_stage_host(const ENetAddress *address, size_t peers);

/* Lets a host do all it can now; `*peer` is whoever connected last. */
void enet_stage_serve(ENetHost *host, struct enet_heard *heard, ENetPeer **peer);
void enet_stage_serve_both(struct enet_stage *stage);

/* Lets both live until `until_ns`, each woken only by datagrams and its deadline. */
void enet_stage_run(struct enet_stage *stage, int64_t until_ns);

/* The client connects, within 200 ms. */
void enet_stage_connect(struct enet_stage *stage);

/* Sends on channel 0, with ENet's flags. */
void enet_stage_say(ENetPeer *peer, const char *text, enet_uint32 flags);

/* A fate for sim_set_fate, whose context is a struct random. The others take 10 to 49 ms. */
bool enet_stage_lose_a_third(void *context, const struct sim_datagram *datagram,
			     struct sim_fate *fate);

#endif
