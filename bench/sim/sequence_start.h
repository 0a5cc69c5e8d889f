/*
 * sequence_start: where ENet's numbers of a sequenced channel are to begin, so that they go round
 * while it is measured. They have 16 bits: after 65,535 unreliable packets of a channel ENet sends
 * one reliably, behind which all others wait if it is lost. At 20 updates a second that comes once
 * in 55 minutes; a run of a minute that began at 0 would say nothing of it, and claim of sequenced
 * what is not so.
 */
#ifndef STARLING_BENCH_SEQUENCE_START_H
#define STARLING_BENCH_SEQUENCE_START_H

#include <stdbool.h>
#include <stdint.h>

enum {
	/* Every so many packets of a channel ENet sends one reliably. */
	SEQUENCE_PERIOD = 65536,
};

/*
 * The start for a channel that carries about so many packets a second, so that it goes round well
 * inside the measured span: after warm_up_s and a quarter of `seconds`. Not later, since fewer come
 * more easily than more: lines lose, and relays put several updates into one. 0 where it goes round
 * by itself.
 */
uint16_t sequence_start(double packets_hz, double warm_up_s, double seconds);

/*
 * Whether a channel that began at `start`, and has carried `before` packets when it began to be
 * measured and `after` at the end, has gone round in between.
 */
bool sequence_start_has_passed(uint16_t start, uint64_t before, uint64_t after);

#endif
