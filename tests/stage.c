#include "tests/stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum {
	PORT = 7777,
	STEP_MS = 5,
};

static bool arrives(void *context, const struct sim_datagram *datagram, struct sim_fate *fate)
{
	const struct stage *stage = context;

	(void)datagram;
	(void)fate;
	return !stage->is_cut;
}

int stage_setup(void **state)
{
	struct stage *stage = calloc(1, sizeof(*stage));

	stage->sim = sim_create(1);
	sim_set_delay(stage->sim, 0);
	sim_set_fate(stage->sim, arrives, stage);
	net_use(sim_net(stage->sim));
	fake_relay_open(&stage->relay, PORT);
	starling_default_config(&stage->config);
	stage->config.port = PORT;
	stage->config.name = "ada";
	*state = stage;
	return 0;
}

int stage_teardown(void **state)
{
	struct stage *stage = *state;

	starling_close(stage->session);
	starling_close(stage->other);
	fake_relay_close(&stage->relay);
	net_use(NULL);
	sim_destroy(stage->sim);
	free(stage);
	return 0;
}

void stage_run(struct stage *stage, int64_t ms)
{
	for (int64_t i = 0; i <= ms; i += STEP_MS) {
		if (stage->session)
			starling_update(stage->session);
		if (stage->other)
			starling_update(stage->other);
		fake_relay_service(&stage->relay);
		if (i < ms)
			sim_advance_to(stage->sim,
				       sim_now_ns(stage->sim) + STEP_MS * INT64_C(1000000));
	}
	if (stage->session)
		starling_update(stage->session);
	if (stage->other)
		starling_update(stage->other);
}

void stage_open(struct stage *stage)
{
	struct starling_error error;

	if (starling_open(&stage->session, &stage->config, &error) != 0)
		fail_msg("%s", error.text);
}

void stage_welcome(struct stage *stage)
{
	struct wire_welcome welcome;

	stage_run(stage, 50);
	if (!fake_relay_take(&stage->relay, WIRE_HELLO))
		fail_msg("the client did not say HELLO");
	welcome = fake_relay_welcome(&stage->relay, 1);
	welcome.settings.up = (enum wire_mode)stage->config.up;
	welcome.settings.echo = stage->config.echo;
	fake_relay_say_welcome(&stage->relay, &welcome);
	fake_relay_say_keyframe(&stage->relay, NULL, 0, true);
	stage_run(stage, 10);
}

void stage_join(struct stage *stage)
{
	stage_open(stage);
	stage_welcome(stage);
	stage_expect(stage, STARLING_WELCOME);
	stage_expect(stage, STARLING_READY);
	stage_expect_nothing(stage);
	assert_int_equal(starling_status(stage->session), STARLING_PLAYING);
}

void stage_expect(struct stage *stage, enum starling_event_type type)
{
	if (!starling_next(stage->session, &stage->event))
		fail_msg("no event came, %d was expected", (int)type);
	assert_int_equal(stage->event.type, type);
}

void stage_expect_nothing(struct stage *stage)
{
	if (starling_next(stage->session, &stage->event))
		fail_msg("event %d was not expected", (int)stage->event.type);
}

struct starling_stats stage_stats(const struct stage *stage)
{
	struct starling_stats stats;

	starling_stats(stage->session, &stats);
	return stats;
}
