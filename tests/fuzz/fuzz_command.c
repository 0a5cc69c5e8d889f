/*
 * Any bytes as a line on the relay's control socket: a good one holds only what may be printed and
 * what its command takes; a refusal is one sentence.
 */
#include <stdlib.h>
#include <string.h>

#include "proto/wire/text.h"
#include "relay/control/command.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void check_command(const struct command *command)
{
	const bool is_of_member = command->kind == COMMAND_KICK || command->kind == COMMAND_MUTE ||
				  command->kind == COMMAND_UNMUTE;

	require(command->kind >= COMMAND_LIST && command->kind < COMMAND_COUNT);
	require((command->member > 0) == is_of_member);
	require((*command->text != '\0') == (command->kind == COMMAND_MESSAGE));
	require(text_is_printable(command->text, strlen(command->text)));
	require(text_is_printable(command->why, strlen(command->why)));
	require(*command->room == '\0' || !text_name_fault(command->room, strlen(command->room)));
	require(command->prefix.length <= PREFIX_BITS);
	require(command->seconds >= 0 && command->seconds <= COMMAND_SECONDS_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char error[COMMAND_ERROR_BYTES];
	struct command command;

	if (command_read((const char *)data, size, &command, error))
		check_command(&command);
	else
		require(*error != '\0' && text_is_printable(error, strlen(error)));
	return 0;
}
