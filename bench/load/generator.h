/*
 * generator: the load of `compare`, in a process of its own: members that send updates when they
 * are due and note when each other's updates arrive. The same for every server but for how a
 * member's line speaks.
 *
 * A delivery is the first sight of one (sender, number) at one member; its delay counts from the
 * time that the update was due. That includes the generator's own lateness and its reading, which
 * are the same for all and reported.
 */
#ifndef STARLING_BENCH_GENERATOR_H
#define STARLING_BENCH_GENERATOR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "bench/measure/run_validity.h"
#include "proto/wire/wire.h"

struct starling_config;
struct sink;

enum generator_kind {
	GENERATOR_NAIVE_ENET = 0, /* an update is an unsequenced ENet packet */
	GENERATOR_STARLING = 1,   /* STATE up, SNAPSHOT down, unsequenced, over ENet */
	GENERATOR_UDP = 2,        /* an update is a datagram up, a part of one down */
	GENERATOR_TCP = 3,        /* frames with two bytes of length */
	GENERATOR_MQTT = 4,       /* a message of QoS 0 to the room's topic */
	GENERATOR_NATS = 5,       /* a message to the room's subject */
	GENERATOR_SESSION = 6,    /* ours, by the client library */
	GENERATOR_HTTP = 7,       /* a request for each update, its reply has the others' */
};

enum {
	GENERATOR_JOIN_S = 60,     /* how long all members may take to get in */
	GENERATOR_LINGER_MS = 500, /* what comes later than this after the last is lost */
	GENERATOR_LATE_MAX_US = RUN_VALIDITY_LATE_MAX_US,
	GENERATOR_ERROR_BYTES = 440,
	GENERATOR_HOST_BYTES = 64,
};

/* Sent before what is measured, so that all caches and buffers are warm. */
#define GENERATOR_WARM_UP_S 1.0

/* The relay's reason to a member that it does not have in, or no longer. */
enum generator_refused {
	GENERATOR_NOT_REFUSED = 0,
	GENERATOR_PARTED,     /* sent away with `reason`; more members than `admitted` may get in */
	GENERATOR_FULL,       /* it says that it is full: `reason` */
	GENERATOR_UNANSWERED, /* it says nothing to who wants to connect, while others hear of it */
};

struct generator_refusal {
	enum generator_refused kind;
	unsigned admitted;       /* members that were in; of a full relay, as many as it takes */
	unsigned rooms;          /* that they were in */
	enum wire_reason reason; /* but of GENERATOR_UNANSWERED */
	char text[WIRE_TEXT_MAX_BYTES + 1]; /* the relay's own words; printable UTF-8 */
};

struct generator_config {
	enum generator_kind kind;
	char host[GENERATOR_HOST_BYTES]; /* of the relay, an address; "": 127.0.0.1 */
	uint16_t port;
	pid_t relay;      /* whose CPU time is read; 0: not ours to ask, and not known */
	unsigned members; /* in all */
	unsigned rooms;   /* that they are spread over, as evenly as it goes; 0: one */
	double rate_hz, seconds;
	uint64_t seed;
	unsigned join_s;    /* how long all members may take to get in; 0: GENERATOR_JOIN_S */
	bool is_hurried;    /* before others on its processor, where that is permitted */
	bool has_processor; /* nobody else wants the one it runs on: it may look, and not sleep */
	bool is_nodelay;    /* GENERATOR_TCP: the members' side too */
	bool is_reliable;   /* over ENet: reliable both ways */
	/* The interest that our clients ask for (wire.h); WIRE_ALL is 0. */
	enum wire_interest interest;
	uint32_t interest_range; /* how many; a radius in millimetres */
	/* Who is told of what is sent and heard, and what that keeps; NULL: all figures below. */
	const struct sink *sink;
	void *sink_context;
	uint32_t own_host;    /* of the first member, the next has the next one; 0: any */
	double event_hz;      /* events of each member, where driver and sink have such; or 0 */
	unsigned linger_ms;   /* 0: GENERATOR_LINGER_MS */
	size_t payload_bytes; /* GENERATOR_SESSION: of each update, beside the position; */
	unsigned grain_um;    /* in which positions are given; */
	const struct starling_config *session; /* but for host and port */
};

/*
 * All of the measured part, without the warm-up. Of a run that was cut short, what was measured
 * until then.
 */
struct generator_result {
	bool is_done; /* false: `error` says what happened */
	char error[GENERATOR_ERROR_BYTES];
	struct generator_refusal refusal; /* if that is what happened */
	/*
	 * Deliveries. With an interest other than `all`, which the relay granted, only the relay
	 * knows what is due; then an update is due when it came, or when a later one of the same
	 * sender did without a GONE between.
	 */
	uint64_t due, delivered;
	uint64_t skipped; /* due, and not sent on as the relay had a newer state: it says so */
	bool is_interest_granted; /* false: asked for or not, all see all */
	int64_t p50_us, p99_us, p999_us, max_us;
	/* Delays from the actual sends, as one reads them who measures naively. A sample. */
	int64_t naive_p50_us, naive_p99_us;
	/* Ages of what is in sight, of time (METRICS.md), and the largest at any moment. */
	int64_t age_p50_us, age_p99_us, age_max_us;
	int64_t age_worst_p99_us; /* of the receiver for whom it is the worst */
	/* The generator's own time, in the same window, but for what it looked for in vain. */
	int64_t own_cpu_ns;
	int64_t late_p50_us, late_p99_us, late_max_us; /* of the generator's sends */
	/* The time that one took in the calls that send it, of a sample; of several that leave
	 * together, a part. -1: none was sent. */
	int64_t call_p50_ns, call_p99_ns;
	/* The relay's user and system time, -1: not known; in this real time. */
	int64_t relay_cpu_ns, window_ns;
	uint64_t datagrams, bytes;    /* that reached the members; no datagrams with TCP */
	uint64_t own_drops;           /* datagrams that the generator's sockets had no room for */
	struct run_validity validity; /* lateness and drops stand here, too */
};

/*
 * Runs the load once. Meant for a process of its own, as it sets the process's limits. SIGTERM ends
 * it early: what was measured by then is the result.
 */
void generator_run(const struct generator_config *config, struct generator_result *result);

/* How many rooms there are: 1 at least, and none without a member. */
unsigned generator_rooms(const struct generator_config *config);

/* How many are in the same room as `member`, itself included. */
unsigned generator_room_size(const struct generator_config *config, unsigned member);

/* File descriptors that generator_run needs, standard ones included. */
unsigned generator_descriptors(unsigned members);

#endif
