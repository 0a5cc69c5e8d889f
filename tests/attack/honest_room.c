#include "tests/attack/honest_room.h"

#include <poll.h>
#include <string.h>

#include "client/lib/starling.h"
#include "tests/attack/raw_peer.h"

static const int64_t period_ns = 50000000, open_ns = 5000000000, listen_ns = 100000000;

static void say(struct honest_room *room, int64_t now_ns)
{
	const struct starling_state state = { .payload = &now_ns, .payload_bytes = sizeof(now_ns) };

	room->due_ns = now_ns + period_ns;
	for (int i = 0; i < HONEST_ROOM_MEMBERS; i++)
		room->said += starling_publish(room->members[i], (unsigned)i, &state) == 0;
}

static void look_at(struct honest_room *room, int observer, int other)
{
	int64_t *last_ns = &room->seen_ns[observer][other];
	struct starling_entity seen;
	int64_t said_ns;

	if (!starling_entity(room->members[observer], room->ids[other], (unsigned)other, &seen) ||
	    seen.payload_bytes != sizeof(said_ns))
		return;
	memcpy(&said_ns, seen.payload, sizeof(said_ns));
	if (said_ns > *last_ns)
		(void)hist_record(&room->ages,
				  room->looked_ns > said_ns ? room->looked_ns - said_ns : 0);
	*last_ns = said_ns;
}

static void read_events(struct honest_room *room, int member)
{
	struct starling_event event;

	while (starling_next(room->members[member], &event)) {
		if (event.type == STARLING_WELCOME)
			room->ids[member] = event.member;
		room->lost += event.type == STARLING_LOST || event.type == STARLING_ENDED;
	}
}

static void look_after_newcomer(struct honest_room *room)
{
	struct starling_event event;

	if (!room->newcomer)
		return;
	(void)starling_update(room->newcomer);
	while (starling_next(room->newcomer, &event))
		;
	if (starling_status(room->newcomer) != STARLING_PLAYING)
		return;
	room->join_ms = (double)(raw_now_ns() - room->newcomer_ns) / 1e6;
	starling_close(room->newcomer);
	room->newcomer = NULL;
}

static void update(struct honest_room *room)
{
	const int64_t now_ns = raw_now_ns();

	for (int i = 0; i < HONEST_ROOM_MEMBERS; i++) {
		(void)starling_update(room->members[i]);
		read_events(room, i);
		for (int other = 0; other < HONEST_ROOM_MEMBERS; other++)
			if (other != i)
				look_at(room, i, other);
	}
	room->looked_ns = now_ns;
	look_after_newcomer(room);
	(void)poll(NULL, 0, 1);
}

void honest_room_play(struct honest_room *room)
{
	const int64_t now_ns = raw_now_ns();

	if (now_ns >= room->due_ns)
		say(room, now_ns);
	update(room);
}

void honest_room_listen(struct honest_room *room)
{
	for (const int64_t end_ns = raw_now_ns() + listen_ns; raw_now_ns() < end_ns;)
		update(room);
}

static bool are_together(const struct honest_room *room)
{
	for (int i = 0; i < HONEST_ROOM_MEMBERS; i++)
		if (starling_status(room->members[i]) != STARLING_PLAYING ||
		    starling_entities(room->members[i], NULL, 0) < HONEST_ROOM_MEMBERS - 1)
			return false;
	return true;
}

static int open_member(const struct honest_room *room, struct starling **member)
{
	struct starling_config config;
	struct starling_error error;

	starling_default_config(&config);
	config.port = room->port;
	return starling_open(member, &config, &error);
}

bool honest_room_open(struct honest_room *room, uint16_t port)
{
	const int64_t end_ns = raw_now_ns() + open_ns;

	memset(room, 0, sizeof(*room));
	room->port = port;
	room->join_ms = -1;
	for (int i = 0; i < HONEST_ROOM_MEMBERS; i++)
		if (open_member(room, &room->members[i]) < 0)
			return false;
	while (!are_together(room) && raw_now_ns() < end_ns)
		honest_room_play(room);
	return are_together(room) && room->lost == 0;
}

void honest_room_admit(struct honest_room *room)
{
	room->join_ms = -1;
	room->newcomer_ns = raw_now_ns();
	(void)open_member(room, &room->newcomer);
}

void honest_room_close(struct honest_room *room)
{
	for (int i = 0; i < HONEST_ROOM_MEMBERS; i++) {
		starling_close(room->members[i]);
		room->members[i] = NULL;
	}
	starling_close(room->newcomer);
	room->newcomer = NULL;
}

void honest_room_reset(struct honest_room *room)
{
	memset(&room->ages, 0, sizeof(room->ages));
	room->said = 0;
}

double honest_room_delivery(const struct honest_room *room)
{
	const double due = (double)room->said * (HONEST_ROOM_MEMBERS - 1);

	return due > 0 ? (double)room->ages.count / due : 0;
}
