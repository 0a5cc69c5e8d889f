/* What a change of the limits means for those who are there: rules only, by scene.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "relay/log.h"
#include "tests/fixtures/scene.h"

static bool is_let_in(struct scene *scene, size_t client, const char *room)
{
	const size_t welcomes = scene_count(scene, client, WIRE_WELCOME);

	scene_connect(scene, client, wire_connect_data());
	scene_hello(scene, client, room, "c", false);
	return scene_count(scene, client, WIRE_WELCOME) > welcomes;
}

static void a_lower_limit_of_members_holds_at_once(void **state)
{
	struct scene *scene = *state;

	scene_join(scene, 0, "pitch");
	scene_join(scene, 1, "pitch");
	scene->config.members = 2;
	assert_false(is_let_in(scene, 2, "pitch"));
	scene->config.members = 1;
	assert_false(is_let_in(scene, 3, "pitch"));
	assert_true(is_let_in(scene, 4, "other"));
	assert_false(is_let_in(scene, 5, "other"));
}

static void a_higher_one_holds_where_nobody_was_told_the_lower(void **state)
{
	struct scene *scene = *state;

	scene->config.members = 1;
	scene_join(scene, 0, "pitch");
	scene->config.members = 2;
	assert_false(is_let_in(scene, 1, "pitch"));
	assert_true(is_let_in(scene, 2, "other"));
	assert_true(is_let_in(scene, 3, "other"));
}

/* Says so many messages at once; how many of them were over its rate. */
static uint64_t over_rate(struct scene *scene, size_t client, unsigned messages)
{
	const uint64_t before = scene->house.ledger.rate_limited;

	for (unsigned i = 0; i < messages; i++)
		scene_publish(scene, client, 0, (uint16_t)i, 0);
	return scene->house.ledger.rate_limited - before;
}

static void a_member_may_say_what_it_was_told_it_may(void **state)
{
	struct scene *scene = *state;

	scene->config.message_rate = 20;
	scene_join(scene, 0, "pitch");
	scene->config.message_rate = 10;
	scene_join(scene, 1, "pitch");
	assert_int_equal(over_rate(scene, 0, 24), 5); /* HELLO was one */
	assert_int_equal(over_rate(scene, 1, 24), 15);
}

static void a_budget_holds_for_members_that_are_there(void **state)
{
	struct scene *scene = *state;

	scene_join(scene, 0, "pitch");
	scene->config.budget = 1000;
	scene->config.budget_fixed = true;
	house_retune(&scene->house);
	assert_true(scene->client[0].member->budget.rate_most == 1000);
	assert_false(scene->client[0].member->budget.is_learning);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE(a_lower_limit_of_members_holds_at_once),
		SCENE(a_higher_one_holds_where_nobody_was_told_the_lower),
		SCENE(a_member_may_say_what_it_was_told_it_may),
		SCENE(a_budget_holds_for_members_that_are_there),
	};

	log_open(LOG_WARNING);
	return cmocka_run_group_tests_name("reload", tests, NULL, NULL);
}
