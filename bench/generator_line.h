/*
 * generator_line: how one member of the generator speaks to the relay; one table of functions for
 * each kind.
 */
#ifndef STARLING_BENCH_GENERATOR_LINE_H
#define STARLING_BENCH_GENERATOR_LINE_H

#include <stddef.h>

#include "bench/delays.h"
#include "bench/generator.h"
#include "bench/pace.h"
#include "bench/update.h"

struct generator;

/* What has reached a member. */
struct generator_traffic {
	uint64_t datagrams, bytes, own_drops;
};

struct generator_line {
	/* Allocates g->lines and starts to join. 0, or -1 with generator_fail. */
	int (*open)(struct generator *g);
	int (*descriptor)(struct generator *g, unsigned member);
	void (*send)(struct generator *g, unsigned member, const struct update *update);
	/* Takes all that waits; tells of it by generator_joined and generator_heard. */
	void (*receive)(struct generator *g, unsigned member);
	/* Called every GENERATOR_TEND_MS for each member. */
	void (*tend)(struct generator *g, unsigned member);
	void (*traffic)(struct generator *g, unsigned member, struct generator_traffic *traffic);
	void (*close)(struct generator *g);
};

enum {
	GENERATOR_TEND_MS = 50,
};

extern const struct generator_line generator_line_enet, generator_line_socket;

/* What was heard of one sender by one member: the newest, and which of the 64 up to it. */
struct generator_heard {
	uint32_t next; /* one above the newest */
	uint64_t seen; /* bit n: next - 1 - n */
};

struct generator {
	const struct generator_config *config;
	struct generator_result *result;
	const struct generator_line *line;
	void *lines; /* of the kind */
	struct pace pace;
	uint32_t first, end; /* numbers of the measured updates */
	uint64_t turn;       /* next of the pace */
	bool is_sending;
	bool is_joined[PACE_MEMBERS_MAX];
	unsigned joined;
	struct generator_heard *heard; /* by receiver, then by sender */
	struct delays delays, late;
	struct generator_traffic before; /* at the window's start */
	int64_t relay_cpu_before_ns, window_start_ns;
	bool is_window_open, is_window_over;
	int64_t tend_ns;
	unsigned tend_next;
	int epoll;
};

/* Called by lines. */
void generator_joined(struct generator *g, unsigned member);
/* `bytes`: the first UPDATE_PAYLOAD_BYTES of an update that came to `member`. */
void generator_heard(struct generator *g, unsigned member, const uint8_t *bytes);
/* Keeps the first reason. */
void generator_fail(struct generator *g, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
