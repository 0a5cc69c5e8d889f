/*
 * impair: what a bad line does to datagrams, as one model for all: the simulator, real sockets
 * (impaired.h: --impair-in, --impair-out) and the proxy (starling-bench proxy).
 *
 * A struct impair is one direction of one line. It is told of each datagram as it enters the line
 * and decides what becomes of it; holding datagrams until they are due is the caller's. No clock,
 * no socket, no allocation, integers only. What is drawn for the n-th datagram depends on the seed
 * and on n alone, so the n-th datagrams of two runs meet the same luck whatever their sizes and
 * times are (twin streams), on any machine.
 *
 * The text form is `none`, a perfect line, or a list of terms, separated by commas:
 *
 *	delay=40ms            every datagram takes so long
 *	jitter=10ms[/SHAPE]   varied by this. SHAPE is normal (the default; this is the standard
 *	                      deviation; made of twelve uniform numbers, so never beyond six of
 *	                      them), uniform (up to so much more or less), or exponential (so much
 *	                      more on average). A delay below 0 becomes 0; datagrams may overtake
 *	                      each other
 *	loss=2%               lost on the way
 *	burst=0.3             a loss is followed by another with this probability (Gilbert's model:
 *a burst's mean length is 1/(1-0.3), the overall loss stays as stated). Without it, or with
 *burst=none, losses are independent. It needs a loss, which cannot exceed 1/(2-burst) dup=0.1%
 *arrives twice; the copy's jitter is its own reorder=1%[/20ms]     held back by so much more
 *(10ms), so that later ones overtake it rate=2mbit[/64kB]     the line's rate, and the queue before
 *it (64kB), in which what is beyond finds no room and is dropped. Sizes are UDP payload plus 28
 *bytes of headers, at the rate as in the queue. rate=none: no limit at=10s:blackout=2s    from then
 *on, for so long, nothing passes at=30s:delay=100ms    from then on a term above has this value
 *
 * Times: ns, us, ms, s; up to 60s, after at= and blackout= up to 86400s. Shares: a number with %,
 * or from 0 to 1. Rates: bit, kbit, mbit, gbit, a second; 1kbit to 100gbit. Queues: B, kB, MB (of
 * 1000); 1500B to 1000MB. Numbers are decimal, as 1.5, with up to nine digits behind the point. A
 * term stands once, or once for each at=; blackout stands behind at= only.
 *
 * In which order things happen: a datagram that comes during a blackout is dropped. Then it waits
 * in the queue, or is dropped for lack of room, and takes its time at the line's rate; then it is
 * lost, or not (so what is lost has taken its time on the line); then the delay, jitter and holding
 * back are added. Each datagram dropped has one cause. When a rate changes, what waits in the queue
 * keeps its times, and those behind it are timed as if all that waited now went at the new rate.
 */
#ifndef STARLING_PROTO_NET_IMPAIR_H
#define STARLING_PROTO_NET_IMPAIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	IMPAIR_CHANGES_MAX = 32,      /* terms with at= */
	IMPAIR_TEXT_MAX_BYTES = 2560, /* holds what impair_describe says of any spec */
	IMPAIR_HEADER_BYTES = 28,     /* IPv4 and UDP, which the rate and the queue count */
	IMPAIR_ERROR_BYTES = 440,
};

/* A share of one, in units of 2^-32: 0 is never, IMPAIR_ALWAYS always. */
typedef uint64_t impair_share;

#define IMPAIR_ALWAYS (UINT64_C(1) << 32)

enum impair_jitter {
	IMPAIR_NORMAL = 0,
	IMPAIR_UNIFORM,
	IMPAIR_EXPONENTIAL,
};

/* What a line is like at one time. All zero is a perfect line. */
struct impair_terms {
	int64_t delay_ns, jitter_ns;
	int64_t hold_ns; /* how much later those arrive that are reordered */
	enum impair_jitter jitter;
	bool has_burst;
	impair_share loss, burst, duplicate, reorder;
	uint64_t rate_bits; /* a second; 0: no limit */
	uint64_t queue_bytes;
};

enum impair_term {
	IMPAIR_DELAY = 0,
	IMPAIR_JITTER,
	IMPAIR_LOSS,
	IMPAIR_BURST,
	IMPAIR_DUPLICATE,
	IMPAIR_REORDER,
	IMPAIR_RATE,
	IMPAIR_BLACKOUT,
};

/* One term takes another value at a time after the start. */
struct impair_change {
	int64_t at_ns;
	enum impair_term term;
	struct impair_terms value; /* of which the term's own fields count; the rest is zero */
	int64_t blackout_ns;
};

/* A line as its text describes it. All zero is a perfect line. */
struct impair_spec {
	struct impair_terms start;
	struct impair_change changes[IMPAIR_CHANGES_MAX]; /* in order of time */
	size_t change_count;
};

/*
 * Reads the text form. False: `error` holds three lines for a terminal, without a final newline:
 * what is wrong and what is accepted there; the text, or 72 characters of it around the place; a
 * caret below the place. Bytes that are not plain ASCII are shown as question marks. `spec` is then
 * not to be used.
 */
bool impair_parse(struct impair_spec *spec, const char *text, char error[IMPAIR_ERROR_BYTES]);

/*
 * Writes the text that says the same as `spec`, which must come from impair_parse, in a form that
 * equal specs share. impair_parse reads it back as an equal spec.
 */
void impair_describe(const struct impair_spec *spec, char text[IMPAIR_TEXT_MAX_BYTES + 1]);

/* Whether anything may ever happen to a datagram. */
bool impair_is_perfect(const struct impair_spec *spec);

/*
 * What the model did. Every datagram has one outcome:
 * entered == passed + lost + lost_blackout + lost_queue.
 */
struct impair_stats {
	uint64_t entered, passed; /* a doubled one has passed once */
	uint64_t lost, lost_blackout, lost_queue;
	uint64_t doubled, held_back;
	uint64_t delay_sum_ns, delay_max_ns; /* of those passed, queueing included */
};

void impair_stats_add(struct impair_stats *sum, const struct impair_stats *stats);

/* The same as named figures for a report; names are words of [a-z_]. */
struct impair_figure {
	const char *name;
	uint64_t value;
};

enum {
	IMPAIR_FIGURES = 9,
};

void impair_figures(const struct impair_stats *stats, struct impair_figure figures[IMPAIR_FIGURES]);

struct impair {
	const struct impair_spec *spec; /* must outlive it */
	struct impair_terms terms;      /* in force */
	size_t next_change;
	uint64_t seed, count; /* datagrams so far */
	int64_t start_ns, blackout_until_ns;
	int64_t line_free_ns;    /* when the last datagram in the queue will have left */
	uint64_t line_remainder; /* of a nanosecond, in units of 1/rate_bits */
	bool was_lost;
	struct impair_stats stats;
};

/* A line that begins at `start_ns`, from which its at= times count. */
void impair_init(struct impair *impair, const struct impair_spec *spec, uint64_t seed,
		 int64_t start_ns);

struct impair_fate {
	int64_t arrives_ns; /* at least now */
	bool is_doubled;
	int64_t copy_arrives_ns; /* of the second one, when doubled */
};

/*
 * A datagram of `size` bytes of UDP payload (at most NET_ANY_SIZE_MAX_BYTES) enters the line at
 * `now_ns`, which never goes back. True: `fate` says when it arrives. False: it is lost.
 */
bool impair_decide(struct impair *impair, int64_t now_ns, size_t size, struct impair_fate *fate);

#endif
