/* The registry: whichever rooms come and go, each is found by its name, and only while it is there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "relay/log/log.h"
#include "relay/room/rooms.h"
#include "tests/fixtures/seeded_random.h"

enum {
	NAMES = 200,
	STEPS = 20000,
};

/* One name is the beginning of another: "1", "11", "111" and the like are among them. */
static struct wire_bytes name_of(size_t number, char text[8])
{
	const int size = snprintf(text, 8, "%zu", number);

	return (struct wire_bytes){ .data = (const uint8_t *)text, .size = (size_t)size };
}

static void a_room_is_found_by_its_name_while_it_is_there(void **state)
{
	struct seeded_random seed = seeded_random_from_environment();
	struct accounting accounting = { 0 };
	struct room *there[NAMES] = { 0 };
	struct config config;
	struct rooms rooms;
	size_t count = 0;
	char text[8];

	(void)state;
	config_default(&config);
	assert_int_equal(rooms_init(&rooms, NAMES), 0);
	for (unsigned step = 0; step < STEPS + NAMES; step++) {
		const size_t at =
			step < STEPS ? seeded_random_between(&seed, 0, NAMES - 1) : step - STEPS;
		const struct wire_bytes name = name_of(at, text);

		assert_ptr_equal(rooms_find(&rooms, name), there[at]);
		if (there[at]) {
			rooms_remove(&rooms, there[at]);
			there[at] = NULL;
			count--;
		} else if (step < STEPS) {
			there[at] = rooms_add(&rooms, &config, &accounting, name, 1);
			assert_string_equal(there[at]->name, text);
			count++;
		}
		assert_int_equal(rooms.count, count);
	}
	assert_int_equal(rooms.count, 0);
	rooms_fini(&rooms);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_room_is_found_by_its_name_while_it_is_there),
	};

	log_open(LOG_WARNING);
	return cmocka_run_group_tests_name("rooms", tests, NULL, NULL);
}
