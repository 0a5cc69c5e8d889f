/*
 * udp_stage: two real sockets on 127.0.0.1, for the tests of proto/net/udp.
 */
#ifndef STARLING_TESTS_UDP_STAGE_H
#define STARLING_TESTS_UDP_STAGE_H

#include "proto/net/net.h"

struct udp_stage {
	struct net *net;
	int a, b;
	struct net_address at_a, at_b;
};

/* A cmocka test with a stage of its own, at `*state`. */
#define STAGED(test) cmocka_unit_test_setup_teardown(test, udp_stage_set_up, udp_stage_tear_down)
int udp_stage_set_up(void **state);
int udp_stage_tear_down(void **state);

/* Another socket on a free port, and where it is. */
int udp_stage_open(struct net *net, struct net_address *address);

void udp_stage_send(struct udp_stage *stage, int socket, struct net_address to, const char *text);

/* Sends as a stranger would, past our own checks. */
void udp_stage_send_raw(int descriptor, struct net_address to, const void *data, size_t size);

/*
 * From a, to a port at which nobody listens any more. The kernel is asked to report what ICMP
 * answers, which it keeps back from such sockets as ours.
 */
void udp_stage_send_to_nobody(struct udp_stage *stage);

/* Takes what is there, waiting up to a second for the first byte of it. "" for nothing. */
const char *udp_stage_hear(struct udp_stage *stage, int socket);

/* The numbers from 0, each a datagram from a to b; and those from `first` on, heard by b. */
void udp_stage_send_numbers(struct udp_stage *stage, int count);
void udp_stage_hear_numbers(struct udp_stage *stage, int first, int count);

struct net_stats udp_stage_stats(struct udp_stage *stage, int socket);

#endif
