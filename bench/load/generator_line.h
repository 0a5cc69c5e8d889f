/*
 * generator_line: how one member of the generator speaks to the relay; one table of functions for
 * each kind.
 */
#ifndef STARLING_BENCH_GENERATOR_LINE_H
#define STARLING_BENCH_GENERATOR_LINE_H

#include <poll.h>
#include <signal.h>
#include <stddef.h>

#include "bench/load/generator.h"
#include "bench/load/generator_watch.h"
#include "bench/measure/receive_window.h"
#include "bench/measure/hist.h"
#include "bench/measure/notches.h"
#include "bench/load/pace.h"
#include "bench/load/update.h"

struct generator;
struct states_record;

/* What has reached members, and what they sent. */
struct generator_traffic {
	uint64_t datagrams, bytes, own_drops, sent;
};

struct generator_line {
	size_t bytes; /* of one member's in g->lines, zeroed at first */
	/* Before the first is started; may be NULL. 0, or -1 with generator_fail. */
	int (*open)(struct generator *g);
	/* Starts to join, one member after the other. 0, or -1 with generator_fail. */
	int (*start)(struct generator *g, unsigned member);
	int (*descriptor)(struct generator *g, unsigned member);
	/* Whether members share descriptors, those who started one after another; NULL: not. */
	bool (*is_shared)(const struct generator *g);
	void (*send)(struct generator *g, unsigned member, const struct update *update);
	/* Begins to bring into the cache what that will need; may be NULL. */
	void (*foresee)(struct generator *g, unsigned member);
	/*
	 * Takes what waits for the member and those who share its socket; tells of it by
	 * generator_joined, and for each datagram (or what came together) by generator_arrived,
	 * then for each update by generator_heard. Now and then meanwhile, generator_turned.
	 */
	void (*receive)(struct generator *g, unsigned member);
	/*
	 * Called every GENERATOR_TEND_MS for each member that has been started, or every
	 * GENERATOR_TEND_SELDOM_MS (generator_watch_tend_ns).
	 */
	void (*tend)(struct generator *g, unsigned member);
	/* Adds what the member's own socket knows of. NULL: members speak through
	 * generator_ports.h, which counts. */
	void (*traffic)(struct generator *g, unsigned member, struct generator_traffic *traffic);
	/* Ends those g->started. */
	void (*close)(struct generator *g);
};

/* When an update was really sent. */
struct generator_sent {
	uint32_t number;
	int64_t at_ns;
};

enum {
	GENERATOR_TEND_MS = 50,
	GENERATOR_TEND_SELDOM_MS = 200,
	GENERATOR_SENT = 64,
	GENERATOR_CACHE_LINE_BYTES = 64,
	/* A sample, as it costs the generator time: of one delivery in so many at most, and of so
	 * many a second where there are more. */
	GENERATOR_NAIVE_EACH = 8,
	GENERATOR_NAIVE_A_SECOND = 16384,
};

extern const struct generator_line generator_line_enet, generator_line_socket, generator_line_mqtt,
	generator_line_nats;

struct generator {
	const struct generator_config *config;
	struct generator_result *result;
	const struct generator_line *line;
	void *lines; /* of the kind; ask by generator_line_of */
	struct pace pace;
	struct update_course course;
	uint32_t first, end; /* numbers of the measured updates */
	uint64_t turn;       /* next of the pace */
	bool is_sending;
	bool is_joined[PACE_MEMBERS_MAX], is_out[PACE_MEMBERS_MAX];
	unsigned started, joined,
		out;     /* `out`: of a relay that is full, those it has no room for */
	int64_t time_ns; /* when the datagram arrived that is being read */
	bool is_granted; /* an interest other than `all` */

	struct receive_window_table *heard; /* by receiver */
	uint64_t due, seen_due, delivered, skipped;
	struct hist delays, late;
	uint64_t naive_each, naive_left; /* of one in so many deliveries, the next after so many: */
	struct hist naive_delays;
	struct generator_sent *sent; /* ask by generator_sent_of */
	struct notches notches;      /* the ages; and the delays that are not in `delays` */

	struct generator_traffic before; /* at the window's start */
	struct run_validity_look look;   /* then */
	int64_t relay_cpu_before_ns, own_cpu_before_ns, window_start_ns;
	int64_t from_ns, until_ns; /* the window as planned */
	bool is_window_open, is_window_over;
	int64_t tend_ns;
	int64_t awake_until_ns; /* it does not sleep before */
	int64_t idle_ns;        /* that it looked for something, and nothing was there */
	unsigned tend_next;
	int epoll;
	unsigned shared_count; /* sockets that members share, */
	struct pollfd shared[GENERATOR_WATCH_TOLD];
	unsigned shared_first[GENERATOR_WATCH_TOLD]; /* and one who does */
	bool is_napping; /* it does not look while it sleeps (generator_watch.h) */
};

/* What the kind keeps of the member's line. */
static inline void *generator_line_of(const struct generator *g, unsigned member)
{
	return (char *)g->lines + member * g->line->bytes;
}

static inline void generator_line_prefetch(const struct generator *g, unsigned member)
{
	const char *line = generator_line_of(g, member);

	for (size_t at = 0; at < g->line->bytes; at += GENERATOR_CACHE_LINE_BYTES)
		__builtin_prefetch(line + at, 1);
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

/* Called by lines. */
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
/* What is read from now on had arrived at that time. */
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
/* The same of all records with a payload of UPDATE_PAYLOAD_BYTES. */
void generator_heard_records(struct generator *g, unsigned member,
			     const struct states_record *records, size_t count);
/*
 * Begin to bring into the cache what hearing will need: the first long before something of `member`
 * is heard, the second once for each time that something is, with another member's between. They
 * change nothing of what is counted.
 */
void generator_foresee(const struct generator *g, unsigned member);
void generator_expect(struct generator *g, unsigned member);
/*
 * The relay said, when that datagram came, that the sender with this id is out of `member`'s sight,
 * up to update `seq`.
 */
void generator_gone(struct generator *g, unsigned member, uint32_t id, uint16_t seq);
/* Keeps the first reason. */
void generator_fail(struct generator *g, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * What was heard, and the ages of it: allocated (0 or -ENOMEM), summed up into the result at the
 * window's end, freed.
 */
int generator_open_tables(struct generator *g);
void generator_sum_up_ages(struct generator *g);
void generator_close_tables(struct generator *g);

/* The member's room: below generator_rooms. */
unsigned generator_room(const struct generator_config *config, unsigned member);

#endif
