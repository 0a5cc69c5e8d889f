#include "tests/crowd.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/spec.h"

#define NS_PER_S INT64_C(1000000000)

/* When a member's update of this number is due: they take turns within the interval. */
static int64_t due_ns(const struct crowd *crowd, size_t member, uint64_t number)
{
	double intervals = (double)number + (double)member / (double)crowd->count;

	return crowd->start_ns + (int64_t)(intervals / CROWD_RATE_HZ * (double)NS_PER_S);
}

static size_t find(const struct crowd *crowd, uint32_t id)
{
	for (size_t i = 0; i < crowd->count; i++)
		if (crowd->members[i].id == id)
			return i;
	return SIZE_MAX;
}

static void look(struct crowd *crowd, size_t receiver, const struct starling_entity *entity)
{
	size_t sender = find(crowd, entity->member);
	uint64_t number = (uint64_t)llround(entity->z * 1000);
	struct crowd_member *member = &crowd->members[receiver];

	if (sender == SIZE_MAX || sender == receiver || member->views[sender].seen == number + 1)
		return;
	member->views[sender].seen = number + 1;
	if (!crowd->is_measuring)
		return;
	member->got++;
	age_take(&member->age, &member->views[sender].watch, due_ns(crowd, sender, number) / 1000,
		 world_now_ns(&crowd->world) / 1000);
}

static void after_turn(void *context, size_t client)
{
	struct crowd *crowd = context;
	struct starling *session = crowd->world.clients[client].session;
	struct starling_entity entities[4 * CROWD_MEMBERS_MAX];
	size_t count = starling_entities(session, entities, 4 * CROWD_MEMBERS_MAX);
	struct starling_event event;

	while (starling_next(session, &event))
		if (event.type == STARLING_WELCOME && client < crowd->count)
			crowd->members[client].id = event.member;
	if (client >= crowd->count)
		return;
	for (size_t i = 0; i < count && i < 4 * CROWD_MEMBERS_MAX; i++)
		look(crowd, client, &entities[i]);
}

void crowd_set_line(struct crowd *crowd, size_t member, const char *down)
{
	char text[256];
	struct impair_spec spec;

	snprintf(text, sizeof(text), "%s%s", down, down[0] ? ",delay=20ms" : "delay=20ms");
	spec = spec_of(text);
	world_set_lines(&crowd->world, member, NULL, &spec);
}

void crowd_open(struct crowd *crowd, uint64_t seed, const struct config *config, size_t count,
		size_t others)
{
	const struct impair_spec up = { .start.delay_ns = NS_PER_S / 50 };
	struct starling_config session;
	char error[WORKER_ERROR_BYTES];

	*crowd = (struct crowd){ .count = count };
	starling_default_config(&session);
	if (!world_init(&crowd->world, seed, config, count + others, error))
		fail_msg("%s", error);
	crowd->world.after_turn = after_turn;
	crowd->world.turn_context = crowd;
	for (size_t i = 0; i < count + others; i++) {
		world_set_lines(&crowd->world, i, &up, NULL);
		crowd_set_line(crowd, i, "");
		if (i < count)
			assert_true(world_open(&crowd->world, i, &session));
	}
	world_run(&crowd->world, world_now_ns(&crowd->world) + NS_PER_S);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(starling_status(crowd->world.clients[i].session),
				 STARLING_PLAYING);
	crowd->start_ns = world_now_ns(&crowd->world);
}

static void publish(struct crowd *crowd, size_t member)
{
	static const uint8_t payload[CROWD_PAYLOAD_BYTES];
	const struct starling_state state = { .x = (double)member,
					      .y = (double)crowd->rounds / 100,
					      .z = (double)crowd->rounds / 1000,
					      .payload = payload,
					      .payload_bytes = sizeof(payload) };

	starling_publish(crowd->world.clients[member].session, 0, &state);
	world_wake(&crowd->world, member);
}

void crowd_run(struct crowd *crowd, double seconds)
{
	uint64_t until = crowd->rounds + (uint64_t)(seconds * CROWD_RATE_HZ);

	for (; crowd->rounds < until; crowd->rounds++) {
		for (size_t i = 0; i < crowd->count; i++) {
			world_run(&crowd->world, due_ns(crowd, i, crowd->rounds));
			publish(crowd, i);
			if (crowd->step)
				crowd->step(crowd->step_context, crowd);
		}
	}
}

void crowd_measure(struct crowd *crowd, double seconds)
{
	int64_t now_us;

	for (size_t i = 0; i < crowd->count; i++) {
		age_fini(&crowd->members[i].age); /* of what was measured before */
		crowd->members[i].age = age_init(INT64_MAX);
	}
	crowd->is_measuring = true;
	crowd_run(crowd, seconds);
	crowd->is_measuring = false;
	now_us = world_now_ns(&crowd->world) / 1000;
	for (size_t i = 0; i < crowd->count; i++) {
		for (size_t j = 0; j < crowd->count; j++)
			age_end(&crowd->members[i].age, &crowd->members[i].views[j].watch, now_us);
		assert_int_equal(age_finish(&crowd->members[i].age), 0);
	}
}

double crowd_age_ms(const struct crowd *crowd, size_t member, double share)
{
	return (double)age_quantile_us(&crowd->members[member].age, share) / 1e3;
}

double crowd_worst_age_ms(const struct crowd *crowd, size_t first, double share)
{
	double worst = 0;

	for (size_t i = first; i < crowd->count; i++)
		if (crowd_age_ms(crowd, i, share) > worst)
			worst = crowd_age_ms(crowd, i, share);
	return worst;
}

double crowd_share(const struct crowd *crowd, size_t member, double seconds)
{
	double due = seconds * CROWD_RATE_HZ * (double)(crowd->count - 1);

	return (double)crowd->members[member].got / due;
}

void crowd_close(struct crowd *crowd)
{
	assert_true(ledger_is_balanced(&crowd->world.relay.house.ledger));
	for (size_t i = 0; i < crowd->count; i++)
		age_fini(&crowd->members[i].age);
	world_fini(&crowd->world);
}
