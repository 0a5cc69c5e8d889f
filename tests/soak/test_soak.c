/*
 * A relay that runs for long, on a bad link, with attackers as members of other rooms all the time
 * and a fault every few seconds: its memory does not grow, its descriptors stay as many, and eight
 * honest members still play when all is over. SOAK_SECONDS says how long; a minute or less shows
 * that it works, and is too short to judge the memory.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <signal.h>
#include <sys/mman.h>

#include "tests/attack/attack_load.h"
#include "tests/attack/honest_room.h"
#include "tests/fixtures/relay/moderated_relay.h"
#include "tests/soak/faults.h"
#include "tests/soak/memory_trend.h"

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

enum {
	DEFAULT_S = 25,
	LONGEST_S = 7200,
	ATTACKERS = 12,
	JUDGED_S = 600,       /* from so long on the memory is judged */
	GROWTH_MAX = 1 << 20, /* bytes an hour */
	DESCRIPTORS_MORE = 4, /* while operators are connected */
	OVER_S = 30,          /* until the relay has forgotten whom it lost */
	CALM_S = 2,
};

static const double first_fault_s = 2, warm_up_part = 0.3, delivery_min = 0.9;

static struct honest_room room;
static struct memory_trend memory;
static struct attack_load_result *load;
static pid_t attackers;
static size_t descriptors, descriptors_most;

static double soak_seconds(void)
{
	const char *text = getenv("SOAK_SECONDS");
	const double seconds = text ? strtod(text, NULL) : DEFAULT_S;

	if (!(seconds >= DEFAULT_S && seconds <= LONGEST_S))
		fail_msg("SOAK_SECONDS is \"%s\": it must be from %d to %d", text, DEFAULT_S,
			 LONGEST_S);
	return seconds;
}

static void start_attackers(double seconds)
{
	const struct attack_load_config config = { .port = moderated.port,
						   .count = ATTACKERS,
						   .kind = ATTACKER_KINDS,
						   .room = "attacked",
						   .seconds = seconds,
						   .seed = 1,
						   .cpu = -1,
						   .gives_way = true };

	load = mmap(NULL, sizeof(*load), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(load != MAP_FAILED);
	attackers = attack_load_start(&config, load);
	assert_true(attackers > 0);
}

static void sample(double at_s)
{
	const size_t now = process_descriptors(&moderated.relay);

	memory_trend_add(&memory, at_s, (double)process_memory_bytes(&moderated.relay));
	if (now > descriptors_most)
		descriptors_most = now;
	/* Reads what it says, so that it need not wait. */
	(void)process_await_out(&moderated.relay, "\n\n", 0);
	assert_int_equal(moderated.relay.status, -1);
}

static void suffer(double seconds)
{
	const double begun_s = process_now_s(), sample_each_s = seconds / MEMORY_TREND_MAX + 1,
		     warm_s = seconds * warm_up_part;
	double now_s = 0, sample_s = 0, fault_s = first_fault_s;

	for (unsigned n = 0; now_s < seconds; now_s = process_now_s() - begun_s) {
		honest_room_play(&room);
		if (now_s >= sample_s) {
			sample(now_s);
			sample_s += sample_each_s;
		}
		if (now_s >= fault_s) {
			const char *name = faults_next(n++);

			if (getenv("SOAK_VERBOSE"))
				print_message("%5.0f s: %5.1f MB; %s\n", now_s,
					      memory.bytes[memory.count - 1] / 1e6, name);
			/* All faults come several times first: what has room for the largest bursts
			 * is in memory then. */
			fault_s += now_s < warm_s || seconds < JUDGED_S ? 3 : 11;
		}
	}
}

static void play(double seconds)
{
	const double end_s = process_now_s() + seconds;

	while (process_now_s() < end_s)
		honest_room_play(&room);
}

static void expect_steady_memory(double seconds)
{
	const size_t warm_up = (size_t)((double)memory.count * warm_up_part);
	const double an_hour = memory_trend_slope(&memory, warm_up) * 3600;

	print_message(
		"  note: %.0f s: memory %.1f MB, %+.2f MB an hour; descriptors %zu, %zu at most\n",
		seconds, memory.bytes[memory.count - 1] / 1e6, an_hour / 1e6, descriptors,
		descriptors_most);
	if (seconds >= JUDGED_S)
		assert_true(an_hour < GROWTH_MAX);
}

static void a_relay_bears_faults_all_the_time_and_keeps_its_memory_and_descriptors(void **state)
{
	const double seconds = soak_seconds();

	(void)state;
	moderated_relay_start(WORDS("--config", faults_write_config(), "--timeout", "2", "--grace",
				    "5", "--impair-in", "delay=5ms,jitter=3ms,loss=1%,dup=1%",
				    "--impair-out", "delay=5ms,jitter=3ms,loss=1%"));
	assert_true(honest_room_open(&room, moderated.port));
	faults_start();
	descriptors = process_descriptors(&moderated.relay);
	start_attackers(seconds + OVER_S);
	suffer(seconds);
	faults_end();
	attack_load_stop(attackers);
	attackers = 0;
	assert_true(load->said > 0);
	expect_steady_memory(seconds);
	play(CALM_S);
	honest_room_reset(&room);
	play(CALM_S);
	honest_room_listen(&room);
	if (honest_room_delivery(&room) < delivery_min)
		fail_msg("delivery %.3f", honest_room_delivery(&room));
	assert_int_equal(process_descriptors(&moderated.relay), descriptors);
	assert_true(descriptors_most <= descriptors + DESCRIPTORS_MORE);
	honest_room_close(&room);
	process_signal(&moderated.relay, SIGTERM);
	assert_int_equal(process_finish(&moderated.relay, MODERATED_PATIENCE_S), 0);
}

static int tear_down(void **state)
{
	attack_load_stop(attackers);
	honest_room_close(&room);
	faults_clean_up();
	return moderated_relay_tear_down(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_relay_bears_faults_all_the_time_and_keeps_its_memory_and_descriptors,
			moderated_relay_set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
