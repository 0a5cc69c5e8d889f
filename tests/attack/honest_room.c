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

static void look(struct honest_room *room, int observer)
{
	struct starling_entity seen[HONEST_ROOM_MEMBERS];
	const size_t count = starling_entities(room->members[observer], seen, HONEST_ROOM_MEMBERS);

	for (size_t i = 0; i < count && i < HONEST_ROOM_MEMBERS; i++) {
		int64_t *last_ns = &room->seen_ns[observer][seen[i].index % HONEST_ROOM_MEMBERS];
		int64_t said_ns;

		if (seen[i].payload_bytes != sizeof(said_ns))
			continue;
		memcpy(&said_ns, seen[i].payload, sizeof(said_ns));
		if (said_ns > *last_ns)
			(void)hist_record(&room->ages, raw_now_ns() - said_ns);
		*last_ns = said_ns;
	}
}

static void update(struct honest_room *room)
{
	for (int i = 0; i < HONEST_ROOM_MEMBERS; i++) {
		struct starling_event event;

		(void)starling_update(room->members[i]);
		while (starling_next(room->members[i], &event))
			room->lost += event.type == STARLING_LOST || event.type == STARLING_ENDED;
		look(room, i);
	}
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

bool honest_room_open(struct honest_room *room, uint16_t port)
{
	struct starling_config config;
	struct starling_error error;
	const int64_t end_ns = raw_now_ns() + open_ns;

	memset(room, 0, sizeof(*room));
	starling_default_config(&config);
	config.port = port;
	for (int i = 0; i < HONEST_ROOM_MEMBERS; i++)
		if (starling_open(&room->members[i], &config, &error) < 0)
			return false;
	while (!are_together(room) && raw_now_ns() < end_ns)
		honest_room_play(room);
	return are_together(room) && room->lost == 0;
}

void honest_room_close(struct honest_room *room)
{
	for (int i = 0; i < HONEST_ROOM_MEMBERS; i++) {
		starling_close(room->members[i]);
		room->members[i] = NULL;
	}
}

void honest_room_reset(struct honest_room *room)
{
	hist_reset(&room->ages);
	room->said = 0;
}

double honest_room_delivery(const struct honest_room *room)
{
	const double due = (double)room->said * (HONEST_ROOM_MEMBERS - 1);

	return due > 0 ? (double)room->ages.count / due : 0;
}
