/*
 * Any bytes as one of ENet's datagrams: commands lie one after another and inside of it, their data
 * at their ends; a datagram with no fault is read to its last byte; a fragment lies in its message;
 * and the shorter ways of reading say what the long one says.
 */
#include <stdlib.h>
#include <string.h>

#include "proto/enet/guard/datagram.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void check_fragment(const struct datagram_command *command)
{
	const struct datagram_fragment *fragment = &command->fragment;

	if (command->kind != DATAGRAM_FRAGMENT && command->kind != DATAGRAM_UNRELIABLE_FRAGMENT)
		return;
	require(command->size > 0 && fragment->number < fragment->count);
	require(fragment->offset_bytes <= fragment->total_bytes);
	require(command->size <= fragment->total_bytes - fragment->offset_bytes);
	require(fragment->count <= fragment->total_bytes / DATAGRAM_FRAGMENT_MIN_BYTES + 1);
	require(fragment->total_bytes <= DATAGRAM_MESSAGE_MAX_BYTES);
}

static void check_command(const struct datagram_command *command)
{
	require(command->kind >= DATAGRAM_ACKNOWLEDGE && command->kind < DATAGRAM_KIND_COUNT);
	require(command->size <= command->whole_size);
	require(command->data + command->size == command->whole + command->whole_size);
	require(command->size == 0 || command->channel != DATAGRAM_CHANNEL_NONE);
	check_fragment(command);
}

/* The one message must be the same as read in one step; no other datagram is read so. */
static void check_alone(const struct datagram *datagram, const struct datagram_command *command,
			const uint8_t *data, size_t size)
{
	struct datagram_unsequenced alone;
	const bool is_alone = datagram->error == DATAGRAM_OK && datagram->commands == 1 &&
			      command->kind == DATAGRAM_UNSEQUENCED && !datagram->has_sent_time;

	require(datagram_read_unsequenced(&alone, data, size) == is_alone);
	if (is_alone)
		require(alone.peer == datagram->peer && alone.session == datagram->session &&
			alone.channel == command->channel && alone.group == command->group &&
			alone.data == command->data && alone.size == command->size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct datagram datagram;
	struct datagram_command command = { 0 };
	const uint8_t *at;

	require((datagram_open(&datagram, data, size) == DATAGRAM_ERROR_HEAD) ==
		(size < 2 || (data[0] & 0x80 && size < 4)));
	at = data + size - datagram_left(&datagram);
	require(size < 2 || datagram_peer_id(data, size) == datagram.peer);
	while (datagram_next(&datagram, &command)) {
		require(command.whole == at);
		at += command.whole_size;
		require(at <= data + size);
		check_command(&command);
	}
	require(datagram.error != DATAGRAM_OK || at == data + size);
	require(datagram.commands <= DATAGRAM_COMMANDS_MAX);
	require(datagram_check(data, size) == datagram.error);
	check_alone(&datagram, &command, data, size);
	return 0;
}
