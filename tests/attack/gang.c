#include "tests/attack/gang.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>

/* Sockets opened from here on have the address of the attacker's host. */
static void be_at(const struct gang *gang, struct simulated_room *room, size_t attacker)
{
	sim_set_host(room->cluster.sim, room->cluster.clients[gang->honest + attacker].host);
}

static void step(void *context, struct simulated_room *room)
{
	struct gang *gang = context;

	for (size_t i = 0; i < gang->count; i++) {
		be_at(gang, room, i);
		attacker_step(&gang->attackers[i], cluster_now_ns(&room->cluster));
	}
}

void gang_open(struct gang *gang, struct simulated_room *room, const struct config *config,
	       size_t honest, const enum attacker_kind *kinds, size_t count, const char *where)
{
	*gang = (struct gang){ .count = count, .honest = honest };
	simulated_room_open(room, 1, config, honest, count);
	for (size_t i = 0; i < honest; i++)
		simulated_room_set_link(room, i, "rate=10mbit/64kB");
	for (size_t i = 0; i < count; i++) {
		be_at(gang, room, i);
		assert_int_equal(attacker_open(&gang->attackers[i], kinds[i], where,
					       htonl(CLUSTER_RELAY_HOST), CLUSTER_PORT, honest + i,
					       cluster_now_ns(&room->cluster)),
				 0);
	}
	room->step = step;
	room->step_context = gang;
}

void gang_close(struct gang *gang, struct simulated_room *room)
{
	for (size_t i = 0; i < gang->count; i++) {
		be_at(gang, room, i);
		attacker_close(&gang->attackers[i]);
	}
	simulated_room_close(room);
}

double gang_worst_share(const struct gang *gang, struct simulated_room *room, unsigned seconds)
{
	double worst = 1;

	for (size_t i = 0; i < gang->honest; i++) {
		const double share = simulated_room_share(room, i, seconds);

		worst = share < worst ? share : worst;
	}
	return worst;
}
