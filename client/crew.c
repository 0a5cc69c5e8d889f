#include "client/crew.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "client/unreachable.h"
#include "proto/wire/text.h"

enum {
	SPARE_FILES = 32, /* descriptors that are not a session's */
};

static const int64_t ns_per_ms = 1000000;

/* The limit is per process, and often far below what the system would grant. */
static int raise_file_limit(struct crew *crew, size_t most)
{
	rlim_t wanted = most + SPARE_FILES;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= wanted)
		return 0;
	limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur >= wanted)
		return 0;
	crew_fail(crew,
		  "%zu %s %zu open files, and the limit is %zu; raise it with ulimit -Hn, "
		  "or run fewer",
		  crew->capacity, text_plural(crew->capacity, "client needs", "clients need"),
		  (size_t)wanted, (size_t)limit.rlim_cur);
	return -EMFILE;
}

int crew_init(struct crew *crew, const char *name, const struct options *options, size_t capacity,
	      size_t most)
{
	memset(crew, 0, sizeof(*crew));
	crew->options = options;
	crew->capacity = capacity;
	crew->lost_reason = STARLING_REASON_LOST;
	snprintf(crew->program, sizeof(crew->program), "starling %s", name);
	options_config(options, &crew->config);
	crew->sessions = calloc(capacity, sizeof(struct starling *));
	crew->seats = calloc(capacity, sizeof(*crew->seats));
	crew->is_due = calloc(capacity, sizeof(*crew->is_due));
	if (crew->sessions == NULL || crew->seats == NULL || crew->is_due == NULL ||
	    loop_init(&crew->loop, capacity) < 0 ||
	    impairment_begin(&crew->impairment, options) < 0) {
		crew_fail(crew, "not enough memory for %zu %s", capacity,
			  text_plural(capacity, "client", "clients"));
		crew_fini(crew);
		return -ENOMEM;
	}
	if (raise_file_limit(crew, most) < 0) {
		crew_fini(crew);
		return -EMFILE;
	}
	return 0;
}

static void add_stats(struct crew_totals *totals, const struct starling_stats *stats)
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

static void close_seat(struct crew *crew, size_t seat)
{
	struct starling_stats stats;

	crew->unanswered += !crew->is_finishing && !crew->seats[seat].was_welcomed;
	starling_stats(crew->sessions[seat], &stats);
	add_stats(&crew->closed, &stats);
	starling_close(crew->sessions[seat]);
	crew->sessions[seat] = NULL;
	crew->seats[seat].member = 0;
}

int crew_open(struct crew *crew, size_t seat, const char *name)
{
	struct starling_error error;
	int result;

	if (crew->sessions[seat] != NULL)
		close_seat(crew, seat);
	memset(&crew->seats[seat], 0, sizeof(crew->seats[seat]));
	snprintf(crew->seats[seat].name, sizeof(crew->seats[seat].name), "%s", name);
	crew->config.name = crew->seats[seat].name;
	result = starling_open(&crew->sessions[seat], &crew->config, &error);
	if (result < 0) {
		crew_fail(crew, "%s", error.text);
		return result;
	}
	crew->seats[seat].opened_ns = loop_now_ns();
	if (crew->first_opened_ns == 0)
		crew->first_opened_ns = crew->seats[seat].opened_ns;
	crew->closed.opened++;
	return 0;
}

void crew_leave(struct crew *crew, size_t seat)
{
	if (crew->sessions[seat] == NULL || crew->seats[seat].is_leaving)
		return;
	crew->seats[seat].is_leaving = true;
	crew->seats[seat].leaving_ns = loop_now_ns();
	starling_leave(crew->sessions[seat]);
}

/* Events. */

static void hear_end(struct crew *crew, size_t seat, const struct starling_event *event)
{
	const struct crew_seat *s = &crew->seats[seat];
	const char *reason = starling_reason_text(event->reason);
	const char *text = event->text != NULL ? event->text : "";

	if (s->is_leaving)
		return;
	if (strcmp(text, reason) == 0)
		text = "";
	crew_fail(crew, "%s %s: %s%s%s", s->name,
		  s->was_welcomed ? "is out of the room" : "was refused", reason,
		  *text != '\0' ? ": " : "", text);
}

static bool is_full(enum starling_reason reason)
{
	return reason == STARLING_REASON_RELAY_FULL || reason == STARLING_REASON_ADDRESS_FULL;
}

/* Whoever waits for a place knows from the start for what, and hears it once. */
static void speak_of_place(struct crew *crew)
{
	if (crew->has_spoken_of_place || !is_full(crew->lost_reason))
		return;
	crew->has_spoken_of_place = true;
	crew_say(crew, "%s; trying again", starling_reason_text(crew->lost_reason));
}

static void hear(struct crew *crew, size_t seat, const struct starling_event *event)
{
	struct crew_seat *s = &crew->seats[seat];

	switch (event->type) {
	case STARLING_WELCOME:
		if (crew->closed.joined == 0)
			crew->first_welcomed_ns = loop_now_ns();
		crew->closed.joined += !s->was_welcomed;
		crew->back += s->was_welcomed;
		s->was_welcomed = true;
		s->member = event->member;
		if (crew->options->verbose > 0)
			crew_say(crew, "%s is member %u", s->name, (unsigned)event->member);
		break;
	case STARLING_LOST:
		crew->lost += s->was_welcomed && !s->is_leaving;
		crew->lost_reason = event->reason;
		crew->is_relay_stopping |= event->reason == STARLING_REASON_STOPPING;
		speak_of_place(crew);
		s->member = 0;
		if (crew->options->verbose > 0)
			crew_say(crew, "%s: %s", s->name, event->text != NULL ? event->text : "");
		break;
	case STARLING_ENDED:
		s->member = 0;
		/* One sentence is enough when the relay stops for all. */
		if (!crew->has_failed)
			hear_end(crew, seat, event);
		break;
	default:
		break;
	}
	if (crew->hear != NULL)
		crew->hear(crew->context, seat, event);
}

static void update_seat(struct crew *crew, size_t seat, int64_t now_ns)
{
	struct starling *session = crew->sessions[seat];
	const struct crew_seat *s = &crew->seats[seat];
	struct starling_event event;
	bool has_ended = false;

	if (crew->is_due[seat]) {
		starling_update(session);
		while (starling_next(session, &event)) {
			has_ended = has_ended || event.type == STARLING_ENDED;
			hear(crew, seat, &event);
		}
	}
	if (has_ended || (s->is_leaving && now_ns - s->leaving_ns > CREW_LEAVE_MS * ns_per_ms))
		close_seat(crew, seat);
}

/* Lost connections come in crowds: one sentence a second tells of them all. */
static void speak_of_connections(struct crew *crew, int64_t now_ns)
{
	if (crew->lost + crew->back == 0 || now_ns - crew->spoken_ns < 1000 * ns_per_ms)
		return;
	if (crew->lost > 0 && crew->closed.opened == 1)
		crew_say(crew, "%s; trying to rejoin",
			 crew->is_relay_stopping ? "the relay is stopping"
						 : "the connection is lost");
	else if (crew->lost > 0)
		crew_say(crew, "%s%zu of %zu connections are lost; trying to rejoin",
			 crew->is_relay_stopping ? "the relay is stopping: " : "", crew->lost,
			 crew->closed.opened);
	if (crew->back > 0 && crew->closed.opened == 1)
		crew_say(crew, "back in the room");
	else if (crew->back > 0)
		crew_say(crew, "%zu are back in the room, %zu there now", crew->back,
			 crew_present(crew));
	crew->lost = crew->back = 0;
	crew->is_relay_stopping = false;
	crew->spoken_ns = now_ns;
}

/* How many have waited in vain for longer than --patience. */
static size_t count_unanswered(const struct crew *crew, int64_t now_ns)
{
	size_t count = 0;

	for (size_t i = 0; i < crew->capacity; i++)
		count += crew->sessions[i] != NULL && !crew->seats[i].was_welcomed &&
			 (double)(now_ns - crew->seats[i].opened_ns) / 1e9 >=
				 crew->options->patience_s;
	return count;
}

/* Some are in and others wait in vain: that goes on, but is not left unsaid. */
static void speak_of_silence(struct crew *crew, int64_t now_ns)
{
	size_t count;

	if (crew->has_spoken_of_silence || crew->closed.joined == crew->closed.opened)
		return;
	count = count_unanswered(crew, now_ns);
	if (count == 0)
		return;
	crew->has_spoken_of_silence = true;
	if (is_full(crew->lost_reason)) {
		crew_say(crew, "%zu found no place in %g s, while %zu are in the room: %s", count,
			 crew->options->patience_s, crew_present(crew),
			 starling_reason_text(crew->lost_reason));
		return;
	}
	crew_say(crew,
		 "%zu got no answer in %g s, while %zu are in the room; the relay may be at a "
		 "limit of its own, see starlingd's --clients and --per-address",
		 count, crew->options->patience_s, crew_present(crew));
}

static void check_patience(struct crew *crew, int64_t now_ns)
{
	const struct options *options = crew->options;
	char text[UNREACHABLE_TEXT_BYTES];

	if (crew->has_failed)
		return;
	if (crew->closed.joined > 0) {
		speak_of_silence(crew, now_ns);
		return;
	}
	if (crew->first_opened_ns == 0 ||
	    (double)(now_ns - crew->first_opened_ns) / 1e9 < options->patience_s)
		return;
	unreachable_text(text, options, crew->lost_reason);
	crew_fail(crew, "%s", text);
}

/* When to look again though nothing arrived: patience, leaving, what is to be said. */
static int64_t next_check_ns(const struct crew *crew, int64_t now_ns, int64_t until_ns)
{
	int64_t soon_ns = now_ns + 100 * ns_per_ms;
	bool is_leaving = false;

	for (size_t i = 0; i < crew->capacity && !is_leaving; i++)
		is_leaving = crew->sessions[i] != NULL && crew->seats[i].is_leaving;
	if (crew->closed.joined > 0 && !is_leaving && crew->lost + crew->back == 0)
		return until_ns;
	return until_ns < soon_ns ? until_ns : soon_ns;
}

static void turn(struct crew *crew, int64_t until_ns, int input_fd)
{
	int64_t now_ns = loop_now_ns();

	loop_wait(&crew->loop, crew->sessions, crew->is_due, crew->capacity, input_fd,
		  next_check_ns(crew, now_ns, until_ns));
	now_ns = loop_now_ns();
	for (size_t i = 0; i < crew->capacity; i++)
		if (crew->sessions[i] != NULL)
			update_seat(crew, i, now_ns);
	speak_of_connections(crew, now_ns);
}

bool crew_turn(struct crew *crew, int64_t until_ns, int input_fd)
{
	if (loop_is_stopped() || crew->has_failed)
		return false;
	turn(crew, until_ns, input_fd);
	check_patience(crew, loop_now_ns());
	return !loop_is_stopped() && !crew->has_failed;
}

size_t crew_present(const struct crew *crew)
{
	size_t present = 0;

	for (size_t i = 0; i < crew->capacity; i++)
		present += crew->sessions[i] != NULL && crew->seats[i].member != 0;
	return present;
}

bool crew_has_gathered(const struct crew *crew, int64_t now_ns)
{
	if (crew->closed.joined == 0)
		return false;
	return crew->closed.joined == crew->closed.opened ||
	       now_ns - crew->first_welcomed_ns > CREW_GATHER_MS * ns_per_ms;
}

void crew_totals(const struct crew *crew, struct crew_totals *totals)
{
	double sum_s = 0;
	size_t count = 0;

	*totals = crew->closed;
	totals->rtt_max_s = -1;
	for (size_t i = 0; i < crew->capacity; i++) {
		struct starling_stats stats;

		if (crew->sessions[i] == NULL)
			continue;
		starling_stats(crew->sessions[i], &stats);
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

void crew_finish(struct crew *crew)
{
	int64_t now_ns = loop_now_ns(), end_ns = now_ns + CREW_LEAVE_MS * ns_per_ms;
	size_t open;

	crew_progress_end(crew);
	crew->is_finishing = true;
	crew->unanswered += count_unanswered(crew, now_ns);
	for (size_t i = 0; i < crew->capacity; i++)
		crew_leave(crew, i);
	do {
		/* A second Ctrl-C changes nothing: the bound is short. */
		turn(crew, end_ns, -1);
		open = 0;
		for (size_t i = 0; i < crew->capacity; i++)
			open += crew->sessions[i] != NULL;
	} while (open > 0 && loop_now_ns() < end_ns);
	if (crew->unanswered > 0 && !crew->has_failed)
		crew_fail(crew, "%zu of %zu %s never let in", crew->unanswered, crew->closed.opened,
			  text_plural(crew->closed.opened, "client was", "clients were"));
}

void crew_fini(struct crew *crew)
{
	for (size_t i = 0; i < crew->capacity && crew->sessions != NULL; i++)
		starling_close(crew->sessions[i]);
	crew_hold(crew, false);
	impairment_end(&crew->impairment);
	loop_fini(&crew->loop);
	free(crew->sessions);
	free(crew->seats);
	free(crew->is_due);
	crew->sessions = NULL;
	crew->seats = NULL;
	crew->is_due = NULL;
	crew->capacity = 0;
}
