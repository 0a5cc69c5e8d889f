#include "client/sessions/session_pool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "client/sessions/unreachable.h"
#include "proto/net/net.h"
#include "proto/wire/text.h"

enum {
	SPARE_FILES = 32, /* descriptors other than sessions' */
};

static const int64_t ns_per_ms = 1000000;

/* The limit is per process, and often far below the one that the system grants. */
static int raise_file_limit(struct session_pool *pool, size_t most)
{
	rlim_t wanted = most + SPARE_FILES;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= wanted)
		return 0;
	limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur >= wanted)
		return 0;
	session_pool_fail(pool,
			  "%zu %s %zu open files, and the limit is %zu; raise it with ulimit -Hn, "
			  "or run fewer",
			  pool->capacity,
			  text_plural(pool->capacity, "client needs", "clients need"),
			  (size_t)wanted, (size_t)limit.rlim_cur);
	return -EMFILE;
}

int session_pool_init(struct session_pool *pool, const char *name, const struct options *options,
		      size_t capacity, size_t most)
{
	memset(pool, 0, sizeof(*pool));
	pool->options = options;
	pool->capacity = capacity;
	pool->lost_reason = STARLING_REASON_LOST;
	snprintf(pool->program, sizeof(pool->program), "starling %s", name);
	options_config(options, &pool->config);
	pool->sessions = calloc(capacity, sizeof(struct starling *));
	pool->slots = calloc(capacity, sizeof(*pool->slots));
	pool->is_due = calloc(capacity, sizeof(*pool->is_due));
	if (pool->sessions == NULL || pool->slots == NULL || pool->is_due == NULL ||
	    loop_init(&pool->loop, capacity) < 0 ||
	    impairment_begin(&pool->impairment, options) < 0) {
		session_pool_fail(pool, "not enough memory for %zu %s", capacity,
				  text_plural(capacity, "client", "clients"));
		session_pool_fini(pool);
		return -ENOMEM;
	}
	if (raise_file_limit(pool, most) < 0) {
		session_pool_fini(pool);
		return -EMFILE;
	}
	return 0;
}

static void add_stats(struct session_pool_totals *totals, const struct starling_stats *stats)
{
	totals->published += stats->published;
	totals->received += stats->received;
	totals->duplicate += stats->duplicate;
	totals->late += stats->late;
	totals->lost += stats->lost;
	totals->skipped += stats->skipped;
	totals->repaired += stats->repaired;
	totals->throttled += stats->throttled;
	totals->kernel_drops += stats->kernel_drops;
	totals->rejoins += stats->rejoins;
}

static void close_slot(struct session_pool *pool, size_t slot)
{
	struct starling_stats stats;

	pool->unanswered += !pool->is_finishing && !pool->slots[slot].was_welcomed;
	starling_stats(pool->sessions[slot], &stats);
	add_stats(&pool->closed, &stats);
	starling_close(pool->sessions[slot]);
	pool->sessions[slot] = NULL;
	pool->slots[slot].member = 0;
}

int session_pool_open(struct session_pool *pool, size_t slot, const char *name)
{
	struct starling_error error;
	int result;

	if (pool->sessions[slot] != NULL)
		close_slot(pool, slot);
	memset(&pool->slots[slot], 0, sizeof(pool->slots[slot]));
	snprintf(pool->slots[slot].name, sizeof(pool->slots[slot].name), "%s", name);
	pool->config.name = pool->slots[slot].name;
	result = starling_open(&pool->sessions[slot], &pool->config, &error);
	if (result < 0) {
		session_pool_fail(pool, "%s", error.text);
		return result;
	}
	pool->slots[slot].opened_ns = net_now_ns();
	if (pool->first_opened_ns == 0)
		pool->first_opened_ns = pool->slots[slot].opened_ns;
	pool->closed.opened++;
	return 0;
}

void session_pool_leave(struct session_pool *pool, size_t slot)
{
	if (pool->sessions[slot] == NULL || pool->slots[slot].is_leaving)
		return;
	pool->slots[slot].is_leaving = true;
	pool->slots[slot].leaving_ns = net_now_ns();
	starling_leave(pool->sessions[slot]);
}

/* Events. */

static void notify_end(struct session_pool *pool, size_t slot, const struct starling_event *event)
{
	const struct session_pool_slot *s = &pool->slots[slot];
	const char *reason = starling_reason_text(event->reason);
	const char *text = event->text != NULL ? event->text : "";

	if (s->is_leaving)
		return;
	if (strcmp(text, reason) == 0)
		text = "";
	session_pool_notify(pool, "%s %s: %s%s%s", s->name,
			    s->was_welcomed ? "is out of the room" : "was refused", reason,
			    *text != '\0' ? ": " : "", text);
	if (event->reason == STARLING_REASON_KICKED && session_pool_present(pool) > 0)
		pool->kicked++;
	else
		pool->has_failed = true;
}

static bool is_full(enum starling_reason reason)
{
	return reason == STARLING_REASON_RELAY_FULL || reason == STARLING_REASON_ADDRESS_FULL;
}

/* A full relay is reported at once, and once. */
static void notify_full(struct session_pool *pool)
{
	if (pool->has_notified_full || !is_full(pool->lost_reason))
		return;
	pool->has_notified_full = true;
	session_pool_notify(pool, "%s; trying again", starling_reason_text(pool->lost_reason));
}

static void on_event(struct session_pool *pool, size_t slot, const struct starling_event *event)
{
	struct session_pool_slot *s = &pool->slots[slot];

	switch (event->type) {
	case STARLING_WELCOME:
		if (pool->closed.joined == 0)
			pool->first_welcomed_ns = net_now_ns();
		pool->closed.joined += !s->was_welcomed;
		pool->back += s->was_welcomed && s->member == 0;
		s->was_welcomed = true;
		s->member = event->member;
		if (pool->options->verbose > 0)
			session_pool_notify(pool, "%s is member %u", s->name,
					    (unsigned)event->member);
		break;
	case STARLING_LOST:
		pool->lost += s->member != 0 && !s->is_leaving;
		pool->lost_reason = event->reason;
		pool->is_relay_stopping |= event->reason == STARLING_REASON_STOPPING;
		notify_full(pool);
		s->member = 0;
		if (pool->options->verbose > 0)
			session_pool_notify(pool, "%s: %s", s->name,
					    event->text != NULL ? event->text : "");
		break;
	case STARLING_ENDED:
		s->member = 0;
		/* One notice is enough when the relay stops for all. */
		if (!pool->has_failed)
			notify_end(pool, slot, event);
		break;
	default:
		break;
	}
	if (pool->on_event != NULL)
		pool->on_event(pool->context, slot, event);
}

static void update_slot(struct session_pool *pool, size_t slot, int64_t now_ns)
{
	struct starling *session = pool->sessions[slot];
	const struct session_pool_slot *s = &pool->slots[slot];
	struct starling_event event;
	bool has_ended = false;

	if (pool->is_due[slot]) {
		starling_update(session);
		while (starling_next(session, &event)) {
			has_ended = has_ended || event.type == STARLING_ENDED;
			on_event(pool, slot, &event);
		}
	}
	if (has_ended ||
	    (s->is_leaving && now_ns - s->leaving_ns > SESSION_POOL_LEAVE_MS * ns_per_ms))
		close_slot(pool, slot);
}

/* Lost connections come in crowds: one notice a second is for them all. */
static void notify_connections(struct session_pool *pool, int64_t now_ns)
{
	if (pool->lost + pool->back == 0 ||
	    now_ns - pool->connections_notified_ns < 1000 * ns_per_ms)
		return;
	if (pool->lost > 0 && pool->closed.opened == 1)
		session_pool_notify(pool, "%s; trying to rejoin",
				    pool->is_relay_stopping ? "the relay is stopping"
							    : "the connection is lost");
	else if (pool->lost > 0)
		session_pool_notify(pool, "%s%zu of %zu connections are lost; trying to rejoin",
				    pool->is_relay_stopping ? "the relay is stopping: " : "",
				    pool->lost, pool->closed.opened);
	if (pool->back > 0 && pool->closed.opened == 1)
		session_pool_notify(pool, "back in the room");
	else if (pool->back > 0)
		session_pool_notify(pool, "%zu are back in the room, %zu there now", pool->back,
				    session_pool_present(pool));
	pool->lost = pool->back = 0;
	pool->is_relay_stopping = false;
	pool->connections_notified_ns = now_ns;
}

/* The number of sessions that waited longer than --patience without a welcome. */
static size_t count_unanswered(const struct session_pool *pool, int64_t now_ns)
{
	size_t count = 0;

	for (size_t i = 0; i < pool->capacity; i++)
		count += pool->sessions[i] != NULL && !pool->slots[i].was_welcomed &&
			 (double)(now_ns - pool->slots[i].opened_ns) / 1e9 >=
				 pool->options->patience_s;
	return count;
}

/* Reports once that some sessions wait in vain while others are in; the run goes on. */
static void notify_unanswered(struct session_pool *pool, int64_t now_ns)
{
	size_t count;

	if (pool->has_notified_unanswered || pool->closed.joined == pool->closed.opened)
		return;
	count = count_unanswered(pool, now_ns);
	if (count == 0)
		return;
	pool->has_notified_unanswered = true;
	if (is_full(pool->lost_reason)) {
		session_pool_notify(pool,
				    "%zu found no place in %g s, while %zu are in the room: %s",
				    count, pool->options->patience_s, session_pool_present(pool),
				    starling_reason_text(pool->lost_reason));
		return;
	}
	session_pool_notify(
		pool,
		"%zu got no answer in %g s, while %zu are in the room; the relay may be at a "
		"limit of its own, see starlingd's --clients and --per-address",
		count, pool->options->patience_s, session_pool_present(pool));
}

static void check_patience(struct session_pool *pool, int64_t now_ns)
{
	const struct options *options = pool->options;
	char text[UNREACHABLE_TEXT_BYTES];

	if (pool->has_failed)
		return;
	if (pool->closed.joined > 0) {
		notify_unanswered(pool, now_ns);
		return;
	}
	if (pool->first_opened_ns == 0 ||
	    (double)(now_ns - pool->first_opened_ns) / 1e9 < options->patience_s)
		return;
	unreachable_text(text, options, pool->lost_reason);
	session_pool_fail(pool, "%s", text);
}

/* When to check again though nothing arrived: patience, leaving, pending notices. */
static int64_t next_check_ns(const struct session_pool *pool, int64_t now_ns, int64_t until_ns)
{
	int64_t soon_ns = now_ns + 100 * ns_per_ms;
	bool is_leaving = false;

	for (size_t i = 0; i < pool->capacity && !is_leaving; i++)
		is_leaving = pool->sessions[i] != NULL && pool->slots[i].is_leaving;
	if (pool->closed.joined > 0 && !is_leaving && pool->lost + pool->back == 0)
		return until_ns;
	return until_ns < soon_ns ? until_ns : soon_ns;
}

static void turn(struct session_pool *pool, int64_t until_ns, int input_fd)
{
	int64_t now_ns = net_now_ns();

	loop_wait(&pool->loop, pool->sessions, pool->is_due, pool->capacity, input_fd,
		  next_check_ns(pool, now_ns, until_ns));
	now_ns = net_now_ns();
	for (size_t i = 0; i < pool->capacity; i++)
		if (pool->sessions[i] != NULL)
			update_slot(pool, i, now_ns);
	notify_connections(pool, now_ns);
}

bool session_pool_turn(struct session_pool *pool, int64_t until_ns, int input_fd)
{
	if (loop_is_stopped() || pool->has_failed)
		return false;
	turn(pool, until_ns, input_fd);
	check_patience(pool, net_now_ns());
	return !loop_is_stopped() && !pool->has_failed;
}

size_t session_pool_present(const struct session_pool *pool)
{
	size_t present = 0;

	for (size_t i = 0; i < pool->capacity; i++)
		present += pool->sessions[i] != NULL && pool->slots[i].member != 0;
	return present;
}

bool session_pool_has_gathered(const struct session_pool *pool, int64_t now_ns)
{
	if (pool->closed.joined == 0)
		return false;
	return pool->closed.joined == pool->closed.opened ||
	       now_ns - pool->first_welcomed_ns > SESSION_POOL_GATHER_MS * ns_per_ms;
}

void session_pool_totals(const struct session_pool *pool, struct session_pool_totals *totals)
{
	double sum_s = 0;
	size_t count = 0;

	*totals = pool->closed;
	totals->rtt_max_s = -1;
	for (size_t i = 0; i < pool->capacity; i++) {
		struct starling_stats stats;

		if (pool->sessions[i] == NULL)
			continue;
		starling_stats(pool->sessions[i], &stats);
		add_stats(totals, &stats);
		if (stats.rtt_s < 0)
			continue;
		sum_s += stats.rtt_s;
		count++;
		if (stats.rtt_s > totals->rtt_max_s)
			totals->rtt_max_s = stats.rtt_s;
	}
	totals->rtt_mean_s = count > 0 ? sum_s / (double)count : -1;
}

void session_pool_finish(struct session_pool *pool)
{
	int64_t now_ns = net_now_ns(), end_ns = now_ns + SESSION_POOL_LEAVE_MS * ns_per_ms;
	/* That there is no place is an answer: who got it need not have waited long. */
	const bool is_full_for_some = pool->closed.joined > 0 && is_full(pool->lost_reason);
	size_t open;

	session_pool_progress_end(pool);
	pool->is_finishing = true;
	pool->unanswered += count_unanswered(pool, is_full_for_some ? INT64_MAX : now_ns);
	for (size_t i = 0; i < pool->capacity; i++)
		session_pool_leave(pool, i);
	do {
		/* A second Ctrl-C changes nothing: the bound is short. */
		turn(pool, end_ns, -1);
		open = 0;
		for (size_t i = 0; i < pool->capacity; i++)
			open += pool->sessions[i] != NULL;
	} while (open > 0 && net_now_ns() < end_ns);
	pool->has_failed |= pool->kicked > 0; /* each had its notice */
	if (pool->unanswered > 0 && !pool->has_failed)
		session_pool_fail(
			pool, "%zu of %zu %s %s never let in%s%s", pool->unanswered,
			pool->closed.opened, text_plural(pool->closed.opened, "client", "clients"),
			text_plural(pool->unanswered, "was", "were"), is_full_for_some ? ": " : "",
			is_full_for_some ? starling_reason_text(pool->lost_reason) : "");
}

void session_pool_fini(struct session_pool *pool)
{
	for (size_t i = 0; i < pool->capacity && pool->sessions != NULL; i++)
		starling_close(pool->sessions[i]);
	session_pool_hold(pool, false);
	impairment_end(&pool->impairment);
	loop_fini(&pool->loop);
	free(pool->sessions);
	free(pool->slots);
	free(pool->is_due);
	pool->sessions = NULL;
	pool->slots = NULL;
	pool->is_due = NULL;
	pool->capacity = 0;
}
