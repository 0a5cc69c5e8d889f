#include "relay/control/actions.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "relay/control/actions_internal.h"
#include "relay/peer/client.h"

#define NS_PER_S 1e9

enum {
	SENTENCE_BYTES = 256,
};

cJSON *actions_good(void)
{
	cJSON *answer = cJSON_CreateObject();

	cJSON_AddBoolToObject(answer, "ok", true);
	return answer;
}

cJSON *actions_error(const char *sentence)
{
	cJSON *answer = cJSON_CreateObject();

	cJSON_AddBoolToObject(answer, "ok", false);
	cJSON_AddStringToObject(answer, "error", sentence);
	return answer;
}

__attribute__((format(printf, 1, 2))) static cJSON *error_of(const char *format, ...)
{
	char sentence[SENTENCE_BYTES];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(sentence, sizeof(sentence), format, arguments);
	va_end(arguments);
	return actions_error(sentence);
}

static struct wire_bytes bytes_of(const char *text)
{
	return (struct wire_bytes){ .data = (const uint8_t *)text, .size = strlen(text) };
}

/* Members. */

/* The member that a command names. NULL: the answer is in `error`. */
static struct member *find_member(const struct rooms *rooms, const struct command *command,
				  cJSON **error)
{
	struct member *found = NULL;

	for (size_t i = 0; i < rooms->count; i++) {
		struct member *member = room_find_member(rooms->list[i], command->member);

		if (!member || (*command->room && strcmp(rooms->list[i]->name, command->room) != 0))
			continue;
		if (found) {
			*error = error_of("member %u is in room \"%s\" and in room \"%s\"; name "
					  "the room",
					  (unsigned)command->member, found->room->name,
					  member->room->name);
			return NULL;
		}
		found = member;
	}
	if (!found && *command->room)
		*error = error_of("no member %u is in room \"%s\"", (unsigned)command->member,
				  command->room);
	else if (!found)
		*error = error_of("no member %u is in any room", (unsigned)command->member);
	return found;
}

static cJSON *good_of(const struct member *member)
{
	cJSON *answer = actions_good();

	cJSON_AddNumberToObject(answer, "member", member->id);
	cJSON_AddStringToObject(answer, "name", member->name);
	cJSON_AddStringToObject(answer, "room", member->room->name);
	return answer;
}

/* Sends a member away, also one whose place is only kept. */
static void send_away(struct server *server, struct member *member, enum wire_reason reason,
		      const char *text, int64_t now_ns)
{
	struct client *client = server_client_of(member);

	if (client)
		client_refuse(&server->relay, client, reason, text, now_ns);
	else
		client_end_absence(&server->relay, member, reason, now_ns);
}

static cJSON *kick(const struct actions *actions, const struct command *command, int64_t now_ns)
{
	cJSON *answer = NULL;
	struct member *member = find_member(&actions->server->relay.rooms, command, &answer);
	char text[WIRE_TEXT_MAX_BYTES + 1];

	if (!member)
		return answer;
	answer = good_of(member);
	snprintf(text, sizeof(text), "an operator sent you away%s%s; ask before you come back",
		 *command->why ? ": " : "", command->why);
	send_away(actions->server, member, WIRE_REASON_KICKED, text, now_ns);
	return answer;
}

static cJSON *mute(const struct actions *actions, const struct command *command)
{
	cJSON *answer = NULL;
	struct member *member = find_member(&actions->server->relay.rooms, command, &answer);

	if (!member)
		return answer;
	member->is_muted = command->kind == COMMAND_MUTE;
	return good_of(member);
}

/* Bans. */

static void ban_sentence(const struct ban *ban, char text[static WIRE_TEXT_MAX_BYTES + 1])
{
	snprintf(text, WIRE_TEXT_MAX_BYTES + 1, "an operator has banned your address%s%s%s; ask %s",
		 ban->until_ns == BANS_FOR_GOOD ? " for good" : " for a time",
		 *ban->why ? ": " : "", ban->why,
		 ban->until_ns == BANS_FOR_GOOD ? "the operator to lift the ban"
						: "the operator, or come back later");
}

static size_t enforce_on_clients(const struct actions *actions, int64_t now_ns)
{
	struct server *server = actions->server;
	char text[WIRE_TEXT_MAX_BYTES + 1];
	size_t sent_away = 0;

	for (unsigned i = 0; i < server->config->clients; i++) {
		struct client *client = server_client(server, i);
		const struct ban *ban =
			client ? server_ban(server, &client->address, now_ns) : NULL;

		if (!ban)
			continue;
		ban_sentence(ban, text);
		client_refuse(&server->relay, client, WIRE_REASON_BANNED, text, now_ns);
		sent_away++;
	}
	return sent_away;
}

static size_t enforce_on_absent(const struct actions *actions, int64_t now_ns)
{
	struct relay *relay = &actions->server->relay;
	size_t sent_away = 0;

	for (size_t i = relay->absences.count; i-- > 0;) {
		const struct absence *absence = &relay->absences.list[i];

		if (!server_ban(actions->server, &absence->address, now_ns))
			continue;
		client_end_absence(relay, absence->member, WIRE_REASON_BANNED, now_ns);
		sent_away++;
	}
	return sent_away;
}

size_t actions_enforce_bans(const struct actions *actions, int64_t now_ns)
{
	return enforce_on_clients(actions, now_ns) + enforce_on_absent(actions, now_ns);
}

static cJSON *ban(struct actions *actions, const struct command *command, int64_t now_ns)
{
	struct ban ban = { .prefix = command->prefix, .until_ns = BANS_FOR_GOOD };
	cJSON *answer;
	int result;

	if (command->seconds > 0)
		ban.until_ns = now_ns + (int64_t)(command->seconds * NS_PER_S);
	strcpy(ban.why, command->why);
	bans_expire(actions->bans, now_ns);
	result = bans_add(actions->bans, &ban);
	if (result == -ENOSPC)
		return error_of("there are %d bans already; lift some, or ban a prefix", BANS_MAX);
	if (result != 0)
		return error_of("the relay has no memory for another ban");
	actions->has_banned = true;
	answer = actions_good();
	actions_add_ban(answer, &ban);
	cJSON_AddNumberToObject(answer, "members", (double)actions_enforce_bans(actions, now_ns));
	return answer;
}

static cJSON *unban(struct actions *actions, const struct command *command)
{
	char text[PREFIX_TEXT_BYTES];
	cJSON *answer;

	prefix_text(&command->prefix, text);
	if (!bans_remove(actions->bans, &command->prefix))
		return error_of("there is no ban of exactly %s", text);
	actions->has_banned = true;
	answer = actions_good();
	cJSON_AddStringToObject(answer, "address", text);
	return answer;
}

/* Rooms. */

static cJSON *close_room(const struct actions *actions, const struct command *command,
			 int64_t now_ns)
{
	struct relay *relay = &actions->server->relay;
	const struct wire_bytes name = bytes_of(command->room);
	const struct room *room = rooms_find(&relay->rooms, name);
	char text[WIRE_TEXT_MAX_BYTES + 1];
	size_t left = room ? room->member_count : 0;
	cJSON *answer;

	if (closed_rooms_add(&relay->closed, name, command->why) != 0)
		return error_of("the relay cannot close more than %d rooms", CLOSED_ROOMS_MAX);
	answer = actions_good();
	cJSON_AddStringToObject(answer, "room", command->room);
	cJSON_AddNumberToObject(answer, "members", (double)left);
	closed_room_text(closed_rooms_find(&relay->closed, name), text);
	/* The room is gone with the last of them. */
	for (; left > 0; left--)
		send_away(actions->server, room->members[left - 1], WIRE_REASON_ROOM_CLOSED, text,
			  now_ns);
	return answer;
}

static cJSON *open_room(const struct actions *actions, const struct command *command)
{
	cJSON *answer;

	if (!closed_rooms_remove(&actions->server->relay.closed, bytes_of(command->room)))
		return error_of("room \"%s\" is not closed", command->room);
	answer = actions_good();
	cJSON_AddStringToObject(answer, "room", command->room);
	return answer;
}

/* Messages. */

static size_t say(const struct relay *relay, const struct room *room, const void *message,
		  size_t size)
{
	const struct outbox *outbox = &relay->outbox;
	size_t sent = 0;

	for (size_t i = 0; i < room->member_count; i++)
		if (!room_is_absent(room->members[i]))
			sent += outbox->send(outbox->context, room->members[i]->peer,
					     WIRE_CHANNEL_EVENT, WIRE_RELIABLE, message, size);
	return sent;
}

static cJSON *say_to_all(const struct actions *actions, const struct command *command)
{
	const struct relay *relay = &actions->server->relay;
	const struct wire_event event = { .scope = WIRE_TO_ALL,
					  .member = WIRE_FROM_RELAY,
					  .data = bytes_of(command->text) };
	uint8_t message[WIRE_MESSAGE_MAX_BYTES];
	const size_t size = wire_event_encode(message, sizeof(message), &event);
	size_t sent = 0;
	cJSON *answer;

	if (*command->room && !rooms_find(&relay->rooms, bytes_of(command->room)))
		return error_of("there is no room \"%s\"", command->room);
	for (size_t i = 0; i < relay->rooms.count; i++)
		if (!*command->room || strcmp(relay->rooms.list[i]->name, command->room) == 0)
			sent += say(relay, relay->rooms.list[i], message, size);
	answer = actions_good();
	cJSON_AddNumberToObject(answer, "members", (double)sent);
	return answer;
}

cJSON *actions_do(struct actions *actions, const struct command *command, int64_t now_ns)
{
	switch (command->kind) {
	case COMMAND_LIST:
		return actions_list(actions);
	case COMMAND_KICK:
		return kick(actions, command, now_ns);
	case COMMAND_MUTE:
	case COMMAND_UNMUTE:
		return mute(actions, command);
	case COMMAND_BAN:
		return ban(actions, command, now_ns);
	case COMMAND_UNBAN:
		return unban(actions, command);
	case COMMAND_BANS:
		return actions_list_bans(actions, now_ns);
	case COMMAND_CLOSE:
		return close_room(actions, command, now_ns);
	case COMMAND_OPEN:
		return open_room(actions, command);
	case COMMAND_MESSAGE:
		return say_to_all(actions, command);
	case COMMAND_COUNT:
		break;
	}
	return actions_error("there is no such command");
}
