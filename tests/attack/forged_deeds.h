/*
 * forged_deeds: what a stranger does in another's name on loopback: datagrams whose source no
 * socket of its own has. They go through a raw socket, for which it must be permitted
 * (CAP_NET_RAW).
 */
#ifndef STARLING_TESTS_ATTACK_FORGED_DEEDS_H
#define STARLING_TESTS_ATTACK_FORGED_DEEDS_H

#include "tests/attack/session_deeds.h"

/* CONNECTs from port 0 of the stranger's address, more than a server has places. */
void forged_deeds_connect_from_port_0(struct raw_peer *stranger, session_deeds_pass *pass);

/*
 * DISCONNECTs from the address and port of the victim, whose number in the server is guessed: each
 * of so many numbers, with each session. `stranger` counts what was sent.
 */
void forged_deeds_guess_disconnects(struct raw_peer *stranger, const struct raw_peer *victim,
				    session_deeds_pass *pass);

#endif
