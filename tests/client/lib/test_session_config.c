/* libstarling: valid configurations and sentences about others. */
#include "client/lib/starling.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/fixtures/client/session_fixture.h"
#include "proto/cli/version.h"

static const char long_name[] = "a name of more than thirty-two bytes";
static uint8_t long_token[WIRE_TOKEN_MAX_BYTES + 1];

struct wrong_config {
	const char *name;
	struct starling_config config; /* fields that are not 0 replace the default */
	const char *sentence;          /* part of the expected error */
};

/* A field that is to be 0 or empty looks like one that is not given, so it is named. */
static struct starling_config merged(const struct starling_config *row)
{
	struct starling_config config;

	starling_default_config(&config);
	if (row->host)
		config.host = row->host;
	if (row->room)
		config.room = row->room;
	if (row->name)
		config.name = row->name;
	config.token = row->token;
	config.token_bytes = row->token_bytes;
	config.up = row->up;
	config.down = row->down;
	config.interest = row->interest;
	config.radius_m = row->radius_m;
	config.nearest = row->nearest;
	if (row->settle_s != 0)
		config.settle_s = row->settle_s;
	if (row->timeout_s != 0)
		config.timeout_s = row->timeout_s;
	if (row->rejoin_s != 0)
		config.rejoin_s = row->rejoin_s;
	config.mtu = row->mtu;
	return config;
}

static struct wrong_config wrong_configs[] = {
	{ "an empty host is refused", { .host = "" }, "no host" },
	{ "a host with a port is refused", { .host = "127.0.0.1:7777" }, "in config.port" },
	{ "a host in brackets is refused", { .host = "[::1]" }, "the host [::1] holds brackets" },
	{ "an empty room is refused", { .room = "" }, "the room is 0 bytes long; give 1 to 32" },
	{ "a long room is refused", { .room = long_name }, "the room is 36 bytes long" },
	{ "a room with a control character is refused",
	  { .room = "a\nb" },
	  "the room is not print" },
	{ "a room that is not UTF-8 is refused", { .room = "\xff" }, "the room is not printable" },
	{ "an empty name is refused", { .name = "" }, "the name is 0 bytes long" },
	{ "a long name is refused", { .name = long_name }, "the name is 36 bytes long" },
	{ "a long token is refused",
	  { .token = long_token, .token_bytes = sizeof(long_token) },
	  "the token is 257 bytes long; give at most 256" },
	{ "a missing token is refused", { .token_bytes = 3 }, "token_bytes is 3 but" },
	{ "a wrong up mode is refused",
	  { .up = (enum starling_mode)3 },
	  "up mode 3 does not exist" },
	{ "a wrong down mode is refused", { .down = (enum starling_mode)9 }, "down mode 9" },
	{ "a wrong interest is refused", { .interest = (enum starling_interest)3 }, "interest 3" },
	{ "a radius of 0 is refused", { .interest = STARLING_RADIUS }, "a radius of 0 m" },
	{ "a huge radius is refused",
	  { .interest = STARLING_RADIUS, .radius_m = 1e9 },
	  "a radius of 1e+09 m is out of range; give more than 0 to 2e+06" },
	{ "nearest 0 is refused", { .interest = STARLING_NEAREST }, "nearest 0 is out of range" },
	{ "nearest 4096 is refused",
	  { .interest = STARLING_NEAREST, .nearest = 4096 },
	  "nearest 4096 is out of range; give 1 to 4095" },
	{ "an mtu that no datagram of ENet's fits is refused",
	  { .mtu = 603 },
	  "an mtu of 603 bytes is out of range; give 604 or more" },
	{ "a negative settle_s is refused", { .settle_s = -1 }, "settle_s of -1 is out of range" },
	{ "a tiny timeout_s is refused", { .timeout_s = 0.1 }, "give 0.5 to 3600 seconds" },
	{ "a timeout_s that is no number is refused", { .timeout_s = 0.0 / 0.0 }, "timeout_s of" },
	{ "a negative rejoin_s is refused", { .rejoin_s = -0.5 }, "rejoin_s of -0.5" },
};

static void a_wrong_configuration_is_refused_with_a_sentence(void **state)
{
	const struct wrong_config *row = *state;
	struct starling_config config = merged(&row->config);
	struct starling *session = (struct starling *)1;
	struct starling_error error;

	assert_int_equal(starling_open(&session, &config, &error), -EINVAL);
	assert_null(session);
	if (!strstr(error.text, row->sentence))
		fail_msg("got \"%s\" instead of \"%s\"", error.text, row->sentence);
}

static void the_reason_of_a_failure_need_not_be_read(void **state)
{
	struct session_fixture *fixture = *state;

	fixture->config.port = 0;
	assert_int_equal(starling_open(&fixture->session, &fixture->config, NULL), -EINVAL);
}

static void no_configuration_is_refused_with_a_sentence(void **state)
{
	struct starling *session = (struct starling *)1;
	struct starling_error error;

	(void)state;
	assert_int_equal(starling_open(&session, NULL, &error), -EINVAL);
	assert_null(session);
	assert_non_null(strstr(error.text, "starling_default_config"));
}

static void an_unknown_host_is_named(void **state)
{
	struct session_fixture *fixture = *state;
	struct starling_error error;

	fixture->config.host = "no host has spaces";
	assert_int_equal(starling_open(&fixture->session, &fixture->config, &error), -ENOENT);
	assert_non_null(strstr(error.text, "no host has spaces"));
}

/* The struct before `mtu`: a program compiled against it passes so much. */
struct config_before {
	const char *host;
	uint16_t port;
	const char *room, *name;
	const void *token;
	size_t token_bytes;
	enum starling_mode up, down;
	bool echo;
	enum starling_interest interest;
	double radius_m;
	unsigned nearest;
	double settle_s, timeout_s, rejoin_s;
	bool share_channel, enet_throttle;
	uint16_t sequence_start;
};

static void a_configuration_is_as_long_as_it_was(void **state)
{
	struct starling_config config;

	(void)state;
	assert_int_equal(sizeof(struct starling_config), sizeof(struct config_before));
	assert_int_equal(offsetof(struct starling_config, sequence_start),
			 offsetof(struct config_before, sequence_start));
	memset(&config, 0xff, sizeof(config));
	starling_default_config(&config);
	assert_int_equal(config.mtu, 0);
}

static void the_library_and_the_programs_are_of_one_version(void **state)
{
	(void)state;
	assert_string_equal(STARLING_VERSION, VERSION_TEXT);
	assert_string_equal(starling_version(), VERSION_TEXT);
}

int main(void)
{
	enum {
		ROWS = sizeof(wrong_configs) / sizeof(wrong_configs[0])
	};
	struct CMUnitTest tests[ROWS + 5] = {
		[ROWS] = SESSION_TEST(the_reason_of_a_failure_need_not_be_read),
		[ROWS + 1] = SESSION_TEST(an_unknown_host_is_named),
		[ROWS + 4] = cmocka_unit_test(no_configuration_is_refused_with_a_sentence),
		[ROWS + 3] = cmocka_unit_test(a_configuration_is_as_long_as_it_was),
		[ROWS + 2] = cmocka_unit_test(the_library_and_the_programs_are_of_one_version),
	};

	for (unsigned i = 0; i < ROWS; i++)
		tests[i] = (struct CMUnitTest){
			.name = wrong_configs[i].name,
			.test_func = a_wrong_configuration_is_refused_with_a_sentence,
			.initial_state = &wrong_configs[i],
		};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
