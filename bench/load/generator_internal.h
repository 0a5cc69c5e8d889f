/*
 * generator_internal: a generator that runs, and what its parts and the drivers call.
 */
#ifndef STARLING_BENCH_GENERATOR_INTERNAL_H
#define STARLING_BENCH_GENERATOR_INTERNAL_H

#include <poll.h>
#include <signal.h>
#include <stddef.h>

#include "bench/load/drivers/drivers.h"
#include "bench/load/generator.h"
#include "bench/load/sink.h"
#include "bench/load/update.h"
#include "bench/measure/hist.h"
#include "bench/measure/age_distribution.h"
#include "bench/sim/pace.h"
#include "bench/measure/receive_window.h"

struct states_record;

/* When an update was really sent. */
struct generator_sent {
	uint32_t number;
	int64_t at_ns;
};

enum {
	GENERATOR_TEND_MS = 50,
	GENERATOR_WATCHED = 1024, /* sockets that it is told of at a time */
	GENERATOR_SENT = 64,
	/* A sample, as it costs the generator time: of one delivery in so many at most, and of so
	 * many a second where there are more. */
	GENERATOR_NAIVE_EACH = 8,
	GENERATOR_NAIVE_A_SECOND = 16384,
	GENERATOR_SLEEP_MIN_NS = 40000,
	GENERATOR_NAP_NS = 500000,
	GENERATOR_WAKE_EARLY_NS = 150000,
	GENERATOR_AWAKE_PART = 10,
};

struct generator {
	const struct generator_config *config;
	struct generator_result *result;
	const struct driver *driver;
	const struct sink *sink;
	void *sink_state;
	void *connections; /* the driver's; ask by generator_connection */
	struct pace pace, events;
	struct update_course course;
	uint32_t first, end; /* numbers of the measured updates */
	uint64_t turn;       /* next of the pace */
	uint64_t event_turn; /* next of the events */
	bool is_sending, has_events;
	bool is_joined[PACE_MEMBERS_MAX], is_out[PACE_MEMBERS_MAX];
	unsigned started, joined,
		out;     /* `out`: of a relay that is full, those it has no room for */
	int64_t time_ns; /* when the datagram arrived that is being read */
	bool is_granted; /* an interest other than `all` */

	struct receive_window_table *heard; /* by receiver */
	uint64_t due, seen_due, delivered, skipped;
	struct hist delays, late, calls;
	uint64_t naive_each, naive_left; /* of one in so many deliveries, the next after so many: */
	struct hist naive_delays;
	struct generator_sent *sent;                  /* ask by generator_sent_of */
	struct age_distribution ages, *receiver_ages; /* of all, and of each receiver, coarse */

	struct generator_traffic before; /* at the window's start */
	struct run_validity_look look;   /* then */
	int64_t relay_cpu_before_ns, own_cpu_before_ns, window_start_ns;
	int64_t from_ns, until_ns; /* the window as planned */
	bool is_window_open, is_window_over;
	int64_t tend_ns;
	int64_t idle_ns; /* that it looked for something, and nothing was there */
	unsigned tend_next;
	int epoll;
	unsigned shared_count; /* sockets that members share, */
	struct pollfd shared[GENERATOR_WATCHED];
	unsigned shared_first[GENERATOR_WATCHED]; /* and one who does */
	bool is_napping; /* it does not look while it sleeps (generator_watch.c) */
};

/* The driver's state of the member. */
static inline void *generator_connection(const struct generator *g, unsigned member)
{
	return (char *)g->connections + member * g->driver->bytes;
}

/*
 * Where it stands when the member's update was sent. Those of one number lie together, as they are
 * asked for at about one time.
 */
static inline struct generator_sent *generator_sent_of(const struct generator *g, unsigned member,
						       uint32_t number)
{
	return &g->sent[(size_t)(number % GENERATOR_SENT) * g->pace.members + member];
}

/* Called by drivers. */
void generator_joined(struct generator *g, unsigned member);
/*
 * The relay does not have `member` in, or no longer: ends the run with its reason. Of a full relay
 * once it is known how many got in. `text`: the relay's own words, printable; may be "".
 */
void generator_refuse(struct generator *g, unsigned member, enum generator_refused kind,
		      enum wire_reason reason, struct wire_bytes text);
/* Ends the run with what a full relay took; when all who knocked are in, or out. */
void generator_say_refusal(struct generator *g);
/* The time; CLOCK_MONOTONIC. */
int64_t generator_now_ns(void);
/* Datagrams read from now on had arrived at that time. */
void generator_arrived(struct generator *g, int64_t arrived_ns);
/* Sends what has come due while something is read. */
void generator_turned(struct generator *g);
/*
 * Receives from the member's socket of generator_ports.h, and gives each datagram to `hear`. The
 * member's line is that of its number.
 */
void generator_receive(struct generator *g, unsigned member,
		       void (*hear)(struct generator *g, unsigned member, uint8_t *data,
				    size_t size));
/*
 * `bytes`: the first UPDATE_PAYLOAD_BYTES of an update that came to `member`. `skipped`: updates
 * just before it that the relay says it left out; `id`: the sender's, as the relay has it.
 */
void generator_heard(struct generator *g, unsigned member, const uint8_t *bytes, unsigned skipped,
		     uint32_t id);
/* generator_heard for all records with a payload of UPDATE_PAYLOAD_BYTES. */
void generator_heard_records(struct generator *g, unsigned member,
			     const struct states_record *records, size_t count);
/*
 * The relay said, when that datagram came, that the sender with this id is out of `member`'s sight,
 * up to update `seq`.
 */
void generator_gone(struct generator *g, unsigned member, uint32_t id, uint16_t seq);
/* Keeps the first reason. */
void generator_fail(struct generator *g, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* generator_heard.c: the sink of `compare` and `load`. */
extern const struct sink generator_load;

/* The member's room: below generator_rooms. */
unsigned generator_room(const struct generator_config *config, unsigned member);

/*
 * generator_window.c: opens and closes the measured window when it is time; ends it early, so that
 * what was measured is kept; and fills in the result while members are still connected.
 */
void generator_watch_window(struct generator *g, int64_t time_ns);
void generator_end_window(struct generator *g);
void generator_sum_up(struct generator *g);

/*
 * generator_watch.c: at whose sockets it looks for what has come.
 *
 * A socket that many share (generator_ports.h) is looked at by poll, as there are few of them; of
 * sockets of one member each, which are thousands, epoll tells.
 *
 * Whoever sends to a socket that somebody waits at has to wake him, and the relay's sends would pay
 * for that. So where the kernel notes when each datagram came (generator_ports.h), and nobody waits
 * for an answer, the generator naps: it sleeps for a time and then takes what there is.
 */

/* 0 or a negative errno value. Close accepts one that could not be opened. */
int generator_watch_open(struct generator *g);
void generator_watch_close(struct generator *g);

/*
 * Looks at the member's socket, too, which has just been started: if it shares one with the member
 * before, that is looked at. 0, or -1 with generator_fail.
 */
int generator_watch_add(struct generator *g, unsigned member);

/*
 * From now on the generator naps, where sockets are shared and nothing but pings goes reliably:
 * then generator_watch_wait sleeps for the whole time, whatever comes.
 */
void generator_watch_nap(struct generator *g);

/*
 * Waits for so long until something has come, and says to which sockets, by a member of each: how
 * many, or -1. What is there for it and those who share its socket is to be taken; it may be
 * nothing.
 */
int generator_watch_wait(struct generator *g, unsigned members[GENERATOR_WATCHED], int64_t wait_ns);

/*
 * When it sleeps until something is due or comes, and when it looks without sleeping, as it may
 * where it has a processor of its own.
 *
 * Where it naps it does so for GENERATOR_NAP_NS at most, as ENet's
 * acknowledgements wait that long.
 *
 * A sleep ends late by as long as a waking takes, and what is sent after it is late: tens of
 * microseconds, which stand in each delay, of every server. So where its sends are seldom it
 * wakes GENERATOR_WAKE_EARLY_NS before each, and looks until it is due; in that it spends a
 * GENERATOR_AWAKE_PART-th of its processor at the most.
 *
 * Sends that are nearer than GENERATOR_SLEEP_MIN_NS go together, so late at most: falling asleep
 * and waking for each costs a large part of the processor where they are many.
 */

/* How long to sleep at that time, when something is due then; 0: not at all. */
int64_t generator_sleep_ns(const struct generator *g, int64_t time_ns, int64_t due_ns);

/*
 * Waits until something comes, is due, or is to be looked for again. As generator_watch_wait; what
 * it looked for in vain counts as idle time.
 */
int generator_sleep(struct generator *g, unsigned members[GENERATOR_WATCHED], int64_t due_ns);

#endif
