/*
 * commands: the messages in one of ENet's datagrams (1.3, without checksum or compression, as ours
 * are), as somebody beside the way sees them. Takes any bytes.
 */
#ifndef STARLING_BENCH_COMMANDS_H
#define STARLING_BENCH_COMMANDS_H

#include <stddef.h>
#include <stdint.h>

/* A message that was not split; good for the call only. */
typedef void commands_message_function(void *context, const uint8_t *data, size_t size);

/* Tells of each, reliable or not, in order, up to the first command that is none of ENet's. */
void commands_each_message(const void *datagram, size_t size, commands_message_function *tell,
			   void *context);

#endif
