#include <string.h>

#include "proto/net/endpoint.h"
#include "proto/net/resolve.h"
#include "relay/control/actions_internal.h"
#include "relay/control/bans_text.h"

static void add_address(cJSON *object, const struct net_address *address)
{
	char host[NET_TEXT_BYTES], text[ENDPOINT_TEXT_BYTES];

	net_host_text(address, host);
	endpoint_format(text, host, address->port);
	cJSON_AddStringToObject(object, "address", text);
}

/* The last address of a member that is absent. */
static const struct net_address *last_address(const struct absences *absences,
					      const struct member *member)
{
	for (size_t i = 0; i < absences->count; i++)
		if (absences->list[i].member == member)
			return &absences->list[i].address;
	return NULL;
}

static void add_connection(cJSON *object, const struct server *server, const struct member *member)
{
	const struct client *client = server_client_of(member);
	const struct net_address *address =
		client ? &client->address : last_address(&server->relay.absences, member);

	if (address)
		add_address(object, address);
	if (client)
		cJSON_AddNumberToObject(object, "rtt_ms", server_rtt_ms(server, member));
	else
		cJSON_AddNullToObject(object, "rtt_ms");
}

static void add_member(cJSON *list, const struct server *server, const struct member *member,
		       const struct bans_now *now)
{
	char since[BANS_TEXT_TIME_BYTES];
	cJSON *object = cJSON_CreateObject();

	bans_text_time(member->joined_ns, now, since);
	cJSON_AddNumberToObject(object, "member", member->id);
	cJSON_AddStringToObject(object, "name", member->name);
	add_connection(object, server, member);
	cJSON_AddStringToObject(object, "since", since);
	cJSON_AddNumberToObject(object, "entities", (double)member->entity_count);
	cJSON_AddBoolToObject(object, "muted", member->is_muted);
	cJSON_AddBoolToObject(object, "absent", room_is_absent(member));
	cJSON_AddItemToArray(list, object);
}

/* Adds a room without its members yet. Returns the list for them. */
static cJSON *add_room(cJSON *rooms, const char *name, const struct closed_room *closed)
{
	cJSON *room = cJSON_CreateObject();
	cJSON *members;

	cJSON_AddStringToObject(room, "room", name);
	cJSON_AddBoolToObject(room, "closed", closed != NULL);
	if (closed && *closed->why)
		cJSON_AddStringToObject(room, "why", closed->why);
	members = cJSON_AddArrayToObject(room, "members");
	cJSON_AddItemToArray(rooms, room);
	return members;
}

cJSON *actions_list(const struct actions *actions)
{
	const struct relay *relay = &actions->server->relay;
	const struct bans_now now = bans_text_now();
	cJSON *answer = actions_good();
	cJSON *rooms = cJSON_AddArrayToObject(answer, "rooms");

	for (size_t i = 0; i < relay->rooms.count; i++) {
		const struct room *room = relay->rooms.list[i];
		cJSON *members = add_room(rooms, room->name, NULL);

		for (size_t n = 0; n < room->member_count; n++)
			add_member(members, actions->server, room->members[n], &now);
	}
	/* Nobody is in a closed room. */
	for (size_t i = 0; i < relay->closed.count; i++)
		add_room(rooms, relay->closed.list[i].name, &relay->closed.list[i]);
	return answer;
}

void actions_add_ban(cJSON *answer, const struct ban *ban)
{
	const struct bans_now now = bans_text_now();
	char text[PREFIX_TEXT_BYTES], until[BANS_TEXT_TIME_BYTES];

	prefix_text(&ban->prefix, text);
	cJSON_AddStringToObject(answer, "address", text);
	if (ban->until_ns == BANS_FOR_GOOD) {
		cJSON_AddNullToObject(answer, "until");
	} else {
		bans_text_time(ban->until_ns, &now, until);
		cJSON_AddStringToObject(answer, "until", until);
	}
	cJSON_AddStringToObject(answer, "why", ban->why);
}

cJSON *actions_list_bans(const struct actions *actions, int64_t now_ns)
{
	const struct bans *bans = actions->bans;
	cJSON *answer = actions_good();
	cJSON *list = cJSON_AddArrayToObject(answer, "bans");

	for (size_t i = 0; i < bans->count; i++) {
		cJSON *object;

		if (bans->list[i].until_ns <= now_ns)
			continue;
		object = cJSON_CreateObject();
		actions_add_ban(object, &bans->list[i]);
		cJSON_AddItemToArray(list, object);
	}
	return answer;
}
