#include "tests/attack/attack_run.h"

#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/attack/raw_peer.h"

enum {
	QUIET_MS = 1000,
	NEWCOMER_AFTER_MS = 1000, /* if the attack lasts as long */
	JOIN_MAX_MS = 1000,
#ifdef __SANITIZE_ADDRESS__
	/* Of a relay that is many times as slow, and whose allocator gives hardly anything back. */
	LATER_MAX_MS = 100,
	KEPT_MAX_KB = 32 << 10,
#else
	LATER_MAX_MS = 5,
	KEPT_MAX_KB = 8 << 10, /* the allocator keeps some of it */
#endif
	MEMORY_EACH_MS = 100,
	BACK_MAX_S = 10,
};

static const double delivery_min = 0.99;
static const int64_t ns_per_ms = 1000000;

static double memory_kb(const struct attack_run *run)
{
	return (double)process_memory_bytes(&run->relay) / 1024;
}

static double age_p99_ms(struct attack_run *run)
{
	honest_room_listen(&run->room);
	return (double)hist_quantile_ns(&run->room.ages, 0.99) / 1e6;
}

static void play_for(struct attack_run *run, int64_t ms)
{
	for (const int64_t end_ns = raw_now_ns() + ms * ns_per_ms; raw_now_ns() < end_ns;)
		honest_room_play(&run->room);
}

/*
 * Before others on the machine, where that is permitted: their load is not the attack's. What the
 * caller starts from then on does not go before others.
 */
static void go_first(pid_t pid)
{
	const struct sched_param least = { .sched_priority = sched_get_priority_min(SCHED_RR) };

	(void)sched_setscheduler(pid, SCHED_RR | SCHED_RESET_ON_FORK, &least);
}

/* A sanitizer's library, if there is one, keeps what is freed: that is not the relay's growth. */
static void keep_nothing_aside(void)
{
	const char *options = getenv("ASAN_OPTIONS");
	char text[1024];

	if (options && strstr(options, "quarantine_size_mb"))
		return;
	snprintf(text, sizeof(text), "%s:quarantine_size_mb=1:thread_local_quarantine_size_kb=16",
		 options ? options : "");
	setenv("ASAN_OPTIONS", text, 1);
}

void attack_run_open(struct attack_run *run, const char *const *flags)
{
	keep_nothing_aside();
	run->port = process_start_relay(&run->relay, flags);
	go_first(run->relay.pid);
	go_first(0);
	assert_true(honest_room_open(&run->room, run->port));
	honest_room_reset(&run->room);
	play_for(run, QUIET_MS);
	run->quiet_ms = age_p99_ms(run);
	run->before_kb = memory_kb(run);
	run->grown_kb = 0;
}

void attack_run_close(struct attack_run *run)
{
	honest_room_close(&run->room);
	process_end(&run->relay);
}

static void note_memory(struct attack_run *run)
{
	const double grown_kb = memory_kb(run) - run->before_kb;

	if (grown_kb > run->grown_kb)
		run->grown_kb = grown_kb;
}

/* One that has begun to join is waited for, whether the attack goes on or not. */
static void await_newcomer(struct attack_run *run)
{
	for (const int64_t end_ns = raw_now_ns() + JOIN_MAX_MS * ns_per_ms;
	     run->room.newcomer && raw_now_ns() < end_ns;)
		honest_room_play(&run->room);
}

void attack_run_play(struct attack_run *run, bool (*goes_on)(void *context), void *context)
{
	const int64_t begin_ns = raw_now_ns();
	int64_t ms = 0, memory_ms = 0;
	bool is_admitted = false;

	honest_room_reset(&run->room);
	run->grown_kb = 0;
	for (; goes_on(context) && ms < ATTACK_RUN_LIMIT_S * 1000;
	     ms = (raw_now_ns() - begin_ns) / ns_per_ms) {
		if (!is_admitted && ms >= NEWCOMER_AFTER_MS) {
			honest_room_admit(&run->room);
			is_admitted = true;
		}
		honest_room_play(&run->room);
		if (ms < memory_ms)
			continue;
		note_memory(run);
		memory_ms = ms + MEMORY_EACH_MS;
	}
	if (!is_admitted)
		honest_room_admit(&run->room);
	await_newcomer(run);
	run->attacked_ms = age_p99_ms(run);
	run->delivery = honest_room_delivery(&run->room);
	note_memory(run);
}

bool attack_run_is_unharmed(const struct attack_run *run, const char *name)
{
	const double join_ms = run->room.join_ms;

	if (run->room.lost == 0 && run->delivery >= delivery_min && join_ms >= 0 &&
	    join_ms <= JOIN_MAX_MS && run->attacked_ms <= run->quiet_ms + LATER_MAX_MS &&
	    run->grown_kb < ATTACK_RUN_GROWTH_MAX_KB)
		return true;
	print_message("%s: %u lost, delivery %.4f, p99 %.1f ms (before it %.1f), a join %.1f ms, "
		      "%.0f KB more\n",
		      name, run->room.lost, run->delivery, run->attacked_ms, run->quiet_ms, join_ms,
		      run->grown_kb);
	return false;
}

void attack_run_expect_memory_back(struct attack_run *run)
{
	const double end_s = process_now_s() + BACK_MAX_S;
	double kept_kb;

	do {
		play_for(run, MEMORY_EACH_MS);
		kept_kb = memory_kb(run) - run->before_kb;
	} while (kept_kb >= KEPT_MAX_KB && process_now_s() < end_s);
	if (kept_kb >= KEPT_MAX_KB)
		fail_msg("the relay still has %.0f KB more than before", kept_kb);
}

double attack_run_figure(struct attack_run *run, const char *group, const char *name)
{
	process_report(&run->relay);
	return process_figure(&run->relay, group, name);
}

void attack_run_stop(struct attack_run *run)
{
	honest_room_close(&run->room);
	process_signal(&run->relay, SIGTERM);
	assert_int_equal(process_finish(&run->relay, 10), 0);
}
