/* clang-format off */
/*
 * link_model: what a bad link does to datagrams. One model serves the simulator, real sockets
 * (impaired_net.h: --impair-in, --impair-out), the proxy (starling-bench proxy) and the links
 * between namespaces.
 *
 * A struct link_model is one direction of one link. It decides about each datagram as that enters
 * the link; the caller holds datagrams until they are due. No clock, no socket, no allocation,
 * integers only. The seed and n alone determine what is drawn for the n-th datagram, on any machine:
 * the n-th datagrams of two runs meet the same fate, whatever their sizes and times (twin streams).
 *
 * The text form is `none`, a perfect link, or a list of terms, separated by commas:
 *
 *	delay=40ms            every datagram takes so long
 *	jitter=10ms[/SHAPE]   the delay varies by this. SHAPE is normal (the default; this is the
 *	                      standard deviation; a sum of twelve uniform numbers, so never beyond
 *	                      six of them), uniform (up to so much more or less), or exponential
 *	                      (so much more on average). A delay below 0 becomes 0; datagrams may
 *	                      overtake each other
 *	loss=2%               lost on the way
 *	burst=0.3             a loss is followed by another with this probability (Gilbert's model:
 *	                      a burst's mean length is 1/(1-0.3), the overall loss stays as stated).
 *	                      Without it, or with burst=none, losses are independent. It needs a
 *	                      loss, which cannot exceed 1/(2-burst)
 *	dup=0.1%              arrives twice; the copy has a jitter of its own
 *	reorder=1%[/20ms]     held back by so much more (10ms), so that later ones overtake it
 *	rate=2mbit[/64kB]     the link's rate, and the queue before it (64kB); a datagram that does
 *	                      not fit the queue is dropped. Sizes are UDP payload plus 28 bytes of
 *	                      headers, for the rate and for the queue. rate=none: no limit
 *	at=10s:blackout=2s    from then on, for so long, nothing passes
 *	at=30s:delay=100ms    from then on a term above has this value
 *
 * Times: ns, us, ms, s; up to 60s, after at= and blackout= up to 86400s. Shares: a number with %,
 * or from 0 to 1. Rates: bit, kbit, mbit, gbit, a second; 1kbit to 100gbit. Queues: B, kB, MB (of
 * 1000); 1500B to 1000MB. Numbers are decimal, as 1.5, with up to nine digits after the point. A
 * term stands once, or once for each at=; blackout stands after at= only.
 *
 * The order of events: a datagram that comes during a blackout is dropped. Otherwise it waits in the
 * queue, or is dropped when that is full, and takes its time at the link's rate. Then it may be
 * lost: a lost datagram has taken its time on the link. Then delay, jitter and holding back are
 * added. Each datagram dropped has one cause. When a rate changes, the datagrams in the queue keep
 * their times, and later ones are timed as if all that waited now went at the new rate.
 */
/* clang-format on */
#ifndef STARLING_PROTO_NET_LINK_LINK_MODEL_H
#define STARLING_PROTO_NET_LINK_LINK_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	LINK_MODEL_CHANGES_MAX = 32,      /* terms with at= */
	LINK_MODEL_TEXT_MAX_BYTES = 2560, /* holds any text of link_model_describe */
	LINK_MODEL_HEADER_BYTES = 28,     /* IPv4 and UDP, which the rate and the queue count */
	LINK_MODEL_ERROR_BYTES = 440,
};

/* A share of one, in units of 2^-32: 0 is never, LINK_MODEL_ALWAYS always. */
typedef uint64_t link_model_share;

#define LINK_MODEL_ALWAYS (UINT64_C(1) << 32)

enum link_model_jitter {
	LINK_MODEL_NORMAL = 0,
	LINK_MODEL_UNIFORM,
	LINK_MODEL_EXPONENTIAL,
};

/* A link's terms at one time. All zero is a perfect link. */
struct link_model_terms {
	int64_t delay_ns, jitter_ns;
	int64_t hold_ns; /* how much later those arrive that are reordered */
	enum link_model_jitter jitter;
	bool has_burst;
	link_model_share loss, burst, duplicate, reorder;
	uint64_t rate_bits; /* a second; 0: no limit */
	uint64_t queue_bytes;
};

enum link_model_term {
	LINK_MODEL_DELAY = 0,
	LINK_MODEL_JITTER,
	LINK_MODEL_LOSS,
	LINK_MODEL_BURST,
	LINK_MODEL_DUPLICATE,
	LINK_MODEL_REORDER,
	LINK_MODEL_RATE,
	LINK_MODEL_BLACKOUT,
};

/* One term takes another value at a time after the start. */
struct link_model_change {
	int64_t at_ns;
	enum link_model_term term;
	struct link_model_terms value; /* the term's own fields; the others are zero */
	int64_t blackout_ns;
};

/* A link as its text describes it. All zero is a perfect link. */
struct link_model_spec {
	struct link_model_terms start;
	struct link_model_change changes[LINK_MODEL_CHANGES_MAX]; /* in order of time */
	size_t change_count;
};

/*
 * Reads the text form. False: `error` holds three lines for a terminal, without a final newline:
 * what is wrong and what is accepted there; the text, or 72 characters of it around the place; a
 * caret below the place. Bytes that are not plain ASCII are shown as question marks. `spec` is then
 * not to be used.
 */
bool link_model_parse(struct link_model_spec *spec, const char *text,
		      char error[LINK_MODEL_ERROR_BYTES]);

/*
 * Writes the text of `spec`, which must come from link_model_parse. Equal specs have equal texts,
 * which link_model_parse reads back as equal specs.
 */
void link_model_describe(const struct link_model_spec *spec,
			 char text[LINK_MODEL_TEXT_MAX_BYTES + 1]);

/* Whether anything may ever happen to a datagram. */
bool link_model_is_perfect(const struct link_model_spec *spec);

/*
 * The model's counts. Every datagram has one outcome:
 * entered == passed + lost + lost_blackout + lost_queue.
 */
struct link_model_stats {
	uint64_t entered, passed; /* a doubled one has passed once */
	uint64_t lost, lost_blackout, lost_queue;
	uint64_t doubled, held_back;
	uint64_t delay_sum_ns, delay_max_ns; /* of those passed, queueing included */
};

void link_model_stats_add(struct link_model_stats *sum, const struct link_model_stats *stats);

/* The counts as named figures for a report; names are words of [a-z_]. */
struct link_model_figure {
	const char *name;
	uint64_t value;
};

enum {
	LINK_MODEL_FIGURES = 9,
};

void link_model_figures(const struct link_model_stats *stats,
			struct link_model_figure figures[LINK_MODEL_FIGURES]);

struct link_model {
	const struct link_model_spec *spec; /* must outlive it */
	struct link_model_terms terms;      /* in force */
	size_t next_change;
	uint64_t seed, count; /* datagrams so far */
	int64_t start_ns, blackout_until_ns;
	int64_t link_free_ns;    /* when the last datagram in the queue will have left */
	uint64_t link_remainder; /* of a nanosecond, in units of 1/rate_bits */
	bool was_lost;
	struct link_model_stats stats;
};

/* A link that begins at `start_ns`, from which its at= times count. */
void link_model_init(struct link_model *link, const struct link_model_spec *spec, uint64_t seed,
		     int64_t start_ns);

/* From `now_ns` on the link has these terms, and no others of its spec. Datagrams under way keep
 * theirs. */
void link_model_change(struct link_model *link, const struct link_model_terms *terms,
		       int64_t now_ns);

/* From `now_ns` on, for so long, nothing passes. */
void link_model_cut(struct link_model *link, int64_t now_ns, int64_t span_ns);

struct link_model_fate {
	int64_t arrives_ns; /* at least now */
	bool is_doubled;
	int64_t copy_arrives_ns; /* of the second one, when doubled */
};

/*
 * A datagram of `size` bytes of UDP payload (at most NET_ANY_SIZE_MAX_BYTES) enters the link at
 * `now_ns`, which never goes back. True: `fate` says when it arrives. False: it is lost.
 */
bool link_model_decide(struct link_model *link, int64_t now_ns, size_t size,
		       struct link_model_fate *fate);

#endif
