#include "bench/netns/trial_live.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>

#include "proto/net/udp/udp_clock.h"

static const int64_t greet_ns = 100000000; /* from one greeting to the next */

bool trial_live_init(struct trial *trial, char error[TRIAL_ERROR_BYTES])
{
	trial->live = calloc(1, sizeof(*trial->live));
	if (!trial->live) {
		snprintf(error, TRIAL_ERROR_BYTES, "no memory for %zu members",
			 trial->config->members);
		return false;
	}
	trial->live->open_ns = udp_clock_ns();
	/* Sleeps end when they should, not up to 50 us later. */
	prctl(PR_SET_TIMERSLACK, 1UL);
	return true;
}

void trial_live_fini(struct trial *trial)
{
	free(trial->live);
	trial->live = NULL;
}

bool trial_live_has_failed(const struct trial *trial)
{
	return trial->config->place->error[0] != '\0';
}

void trial_live_fail(const struct trial *trial, const char *format, ...)
{
	va_list arguments;

	if (trial_live_has_failed(trial))
		return;
	va_start(arguments, format);
	vsnprintf(trial->config->place->error, TRIAL_ERROR_BYTES, format, arguments);
	va_end(arguments);
}

/* The loop. */

static int64_t next_wake_ns(const struct trial *trial, const struct trial_hands *hands,
			    int64_t until_ns)
{
	for (size_t i = 0; i < trial->config->members; i++) {
		const int64_t wake_ns = hands->wake_ns(trial, i);

		until_ns = wake_ns < until_ns ? wake_ns : until_ns;
	}
	return until_ns;
}

static void wait_until(struct trial *trial, const struct trial_hands *hands, int64_t until_ns)
{
	const int64_t left_ns = next_wake_ns(trial, hands, until_ns) - udp_clock_ns();
	struct timespec timeout = { 0 };

	if (left_ns > 0)
		timeout = (struct timespec){ left_ns / TRIAL_NS_PER_S, left_ns % TRIAL_NS_PER_S };
	for (size_t i = 0; i < trial->config->members; i++) {
		short events = POLLIN;

		trial->live->polls[i].fd = hands->watch(trial, i, &events);
		trial->live->polls[i].events = events;
		trial->live->polls[i].revents = 0;
	}
	ppoll(trial->live->polls, trial->config->members, &timeout, NULL);
}

void trial_live_run(struct trial *trial, const struct trial_hands *hands, int64_t until_ns)
{
	do {
		if (trial_live_has_failed(trial))
			return;
		wait_until(trial, hands, until_ns);
		for (size_t i = 0; i < trial->config->members; i++)
			if (trial->live->polls[i].revents != 0 ||
			    hands->wake_ns(trial, i) <= udp_clock_ns())
				hands->tend(trial, i);
	} while (udp_clock_ns() < until_ns);
}

bool trial_live_join(struct trial *trial, const struct trial_hands *hands)
{
	const int64_t until_ns = udp_clock_ns() + TRIAL_LIVE_JOIN_S * TRIAL_NS_PER_S;

	while (!hands->are_all_in(trial) && udp_clock_ns() < until_ns &&
	       !trial_live_has_failed(trial)) {
		if (hands->greet)
			hands->greet(trial);
		trial_live_run(trial, hands, udp_clock_ns() + greet_ns);
	}
	return hands->are_all_in(trial);
}

void trial_live_note_send(struct trial *trial, size_t member)
{
	const uint64_t number = trial->actors[member].published;
	const int64_t due_ns = trial_due_ns(trial, member, number);
	const int64_t late_ns = udp_clock_ns() - due_ns;

	if (trial_is_measured(trial, due_ns))
		hist_record(&trial->live->late, late_ns > 0 ? late_ns : 0);
}

/* Hooks. */

int64_t trial_live_now_ns(const struct trial *trial)
{
	(void)trial;
	return udp_clock_ns();
}

void trial_live_start(struct trial *trial)
{
	atomic_store(&trial->config->place->shared->start_ns, trial->start_ns);
}

void trial_live_traffic(const struct trial *trial, uint64_t *datagrams, uint64_t *bytes)
{
	*datagrams = atomic_load(&trial->config->place->shared->datagrams);
	*bytes = atomic_load(&trial->config->place->shared->bytes);
}

void trial_live_sum_up(struct trial *trial, struct trial_result *result)
{
	result->check.is_live = true;
	result->check.conduct.late_p99_us = hist_quantile_ns(&trial->live->late, 0.99) / 1000;
	result->simulated_s =
		(double)(udp_clock_ns() - trial->live->open_ns) / (double)TRIAL_NS_PER_S;
}
