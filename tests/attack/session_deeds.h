/*
 * session_deeds: what a stranger does with sessions of its own: it asks for too many, for datagrams
 * that are too long, for too many answers, and for what it had before.
 */
#ifndef STARLING_TESTS_ATTACK_SESSION_DEEDS_H
#define STARLING_TESTS_ATTACK_SESSION_DEEDS_H

#include <stdint.h>

#include "tests/attack/raw_peer.h"

/* Lets some milliseconds pass for all peers. */
typedef void session_deeds_pass(int64_t ms);

/* Says HELLO to a relay, and waits a moment. */
void session_deeds_become_member(struct raw_peer *peer, session_deeds_pass *pass);

/* Connects several times as often as a server has places, by sockets of its own. */
void session_deeds_crowd(struct raw_peer *stranger, session_deeds_pass *pass);

/* Asks for an MTU that no host on a usual network has; raw_peer.mtu is the answer. */
void session_deeds_ask_for_a_long_mtu(struct raw_peer *stranger, session_deeds_pass *pass);

/* Sends many PINGs that want an answer. */
void session_deeds_ping(struct raw_peer *stranger, session_deeds_pass *pass);

/* Sends reliable messages all the time, so that what the server sends on waits for others' answers.
 */
void session_deeds_chat(struct raw_peer *stranger, session_deeds_pass *pass);

/* Sends long reliable messages, two a call. */
void session_deeds_shout(struct raw_peer *peer);

/*
 * Becomes a member and acknowledges nothing of what it is sent, but something else now and then, so
 * that ENet finds it alive.
 */
void session_deeds_never_acknowledge(struct raw_peer *stranger, session_deeds_pass *pass);

/*
 * Sends messages in a session, ends it, and sends all of it again, several times; raw_peer.replayed
 * tells how many messages the server took again.
 */
void session_deeds_replay(struct raw_peer *stranger, session_deeds_pass *pass);

#endif
