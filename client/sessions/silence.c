#include "client/sessions/silence.h"

void silence_begin(struct silence *silence, uint64_t datagrams, int64_t now_us)
{
	*silence = (struct silence){ .datagrams = datagrams, .received_us = now_us };
}

void silence_update(struct silence *silence, uint64_t datagrams, int64_t now_us)
{
	/* A new session counts from 0 again, so any difference means a datagram. */
	if (datagrams != silence->datagrams)
		silence_begin(silence, datagrams, now_us);
}

double silence_s(const struct silence *silence, int64_t now_us)
{
	return (double)(now_us - silence->received_us) / 1e6;
}
