/* Members that have the relay send more than they may cost nobody anything: on a simulated network.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include <arpa/inet.h>

#include "relay/log/log.h"
#include "tests/attack/gang.h"

enum {
	HONEST = 8,
	WARM_UP_S = 2,
	MEASURED_S = 2,
};

static const double late_most_ms = 5;

/* Of the worst of the honest members; and a second's bytes to all attackers. */
struct figures {
	double p50_ms, p99_ms, share, hostile_bytes;
};

static struct simulated_room room;
static struct gang gang;
static uint64_t hostile_bytes; /* that the relay sent to all attackers */

static void tap(void *context, const struct sim_datagram *datagram, const struct sim_fate *fate)
{
	(void)context;
	(void)fate;
	if (ntohl(datagram->to.host) >= CLUSTER_CLIENT_HOSTS + HONEST)
		hostile_bytes += datagram->size;
}

static void open_all(enum attacker_kind kind, const char *where, size_t count,
		     const struct config *config)
{
	enum attacker_kind kinds[GANG_MAX];

	for (size_t i = 0; i < count; i++)
		kinds[i] = kind;
	gang_open(&gang, &room, config, HONEST, kinds, count, where);
	room.cluster.tap = tap;
}

static void close_all(void)
{
	for (size_t i = 0; i < gang.count; i++)
		assert_true(gang.attackers[i].welcomes > 0);
	gang_close(&gang, &room);
}

/* The honest are in the room "lobby". */
static struct figures measure(enum attacker_kind kind, const char *where, size_t count,
			      const struct config *config)
{
	struct figures figures;

	open_all(kind, where, count, config);
	simulated_room_run(&room, WARM_UP_S);
	hostile_bytes = 0;
	simulated_room_measure(&room, MEASURED_S);
	figures.hostile_bytes = (double)hostile_bytes / MEASURED_S;
	figures.p50_ms = simulated_room_worst_age_ms(&room, 0, 0.5);
	figures.p99_ms = simulated_room_worst_age_ms(&room, 0, 0.99);
	figures.share = gang_worst_share(&gang, &room, MEASURED_S);
	print_message("  note: %zu of \"%s\" in %s: age p50 %.1f ms, p99 %.1f ms, share %.4f; "
		      "%.0f bytes a second to them\n",
		      count, attacker_text(kind), where, figures.p50_ms, figures.p99_ms,
		      figures.share, figures.hostile_bytes);
	close_all();
	return figures;
}

static bool is_unharmed(const struct figures *with, const struct figures *without)
{
	return with->share > 0.99 && with->p50_ms <= without->p50_ms + late_most_ms &&
	       with->p99_ms <= without->p99_ms + late_most_ms;
}

static struct config without_budgets(void)
{
	struct config config;

	config_default(&config);
	config.member_output = config.room_output = 0;
	return config;
}

static void members_of_their_own_room_are_unharmed(void **state)
{
	static const enum attacker_kind kinds[] = { ATTACKER_BLINKS, ATTACKER_CHATTERS };
	struct config config;
	struct figures quiet;

	(void)state;
	config_default(&config);
	quiet = measure(ATTACKER_QUIET, "lobby", 8, &config);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const struct figures figures = measure(kinds[i], "lobby", 8, &config);

		assert_true(is_unharmed(&figures, &quiet));
	}
}

/* The relay's work for the attackers' room is its output: the room's budget, and its shares. */
static void another_room_takes_no_more_than_its_budget(void **state)
{
	const struct config unlimited = without_budgets();
	struct config config;
	struct figures quiet, figures;
	double most;

	(void)state;
	config_default(&config);
	config.room_output = 128 << 10;
	quiet = measure(ATTACKER_QUIET, "den", GANG_MAX, &config);
	most = 2 * (quiet.hostile_bytes + config.room_output);
	figures = measure(ATTACKER_CHATTERS, "den", GANG_MAX, &config);
	assert_true(is_unharmed(&figures, &quiet));
	assert_true(figures.hostile_bytes < most);
	assert_true(measure(ATTACKER_CHATTERS, "den", GANG_MAX, &unlimited).hostile_bytes >
		    4 * most);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_of_their_own_room_are_unharmed),
		cmocka_unit_test(another_room_takes_no_more_than_its_budget),
	};

	log_open(LOG_WARNING);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
