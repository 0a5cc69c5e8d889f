/*
 * sequence_stats: the outcome of numbered updates. Each seq is received, late, lost, skipped or
 * repaired, and never two of them.
 *
 * Pure. A window remembers the outcome of the last SEQUENCE_STATS_WINDOW seqs, so that an update
 * that was counted as lost and then comes moves to its right count. {0} is an empty window.
 */
#ifndef STARLING_CLIENT_LIB_SEQUENCE_STATS_H
#define STARLING_CLIENT_LIB_SEQUENCE_STATS_H

#include <stdbool.h>
#include <stdint.h>

enum {
	SEQUENCE_STATS_WINDOW = 64, /* an update further behind the newest stays lost */
	SEQUENCE_STATS_ENDS = 4,    /* remembered ends, and gaps that may hold one */
};

struct sequence_stats_counts {
	uint64_t received;  /* came, and none newer had come */
	uint64_t duplicate; /* came again; the only count that is no outcome of a seq */
	uint64_t late;      /* came after a newer one; see SEQUENCE_STATS_REPEAT_AHEAD */
	uint64_t lost;      /* never came */
	uint64_t skipped;   /* never came, as the relay says that it did not send it */
	uint64_t repaired;  /* came only as a reliable repeat */
};

/* The seqs missing between two that came. {0}: no gap. */
struct sequence_stats_gap {
	uint16_t from, to; /* those two */
	uint16_t lost;     /* of those between, less the ones that moved since */
};

struct sequence_stats_window {
	bool has_newest;
	bool is_open;    /* nothing came but repeats ahead */
	bool is_waiting; /* some are awaited */
	uint16_t newest;
	uint8_t end_count, gap_next;
	uint16_t ends[SEQUENCE_STATS_ENDS]; /* the newest stands first */
	struct sequence_stats_gap gaps[SEQUENCE_STATS_ENDS];
	uint8_t outcomes[SEQUENCE_STATS_WINDOW]; /* of seq, at seq % SEQUENCE_STATS_WINDOW */
};

/* How a seq came. */
enum sequence_stats_kind {
	SEQUENCE_STATS_UPDATE = 0,
	SEQUENCE_STATS_REPEAT, /* a reliable repeat: the seqs missing before it are lost */
	/*
	 * A reliable repeat that overtook reliable updates. A seq missing before it is lost only
	 * when a newer update comes without it, and is received, not late, when it comes before.
	 */
	SEQUENCE_STATS_REPEAT_AHEAD,
};

/* Starts a new count with the next seq. */
void sequence_stats_restart(struct sequence_stats_window *window);

/*
 * Counts `seq`, before which the relay skipped `skipped`. Changes are added to both `one` and
 * `all`.
 */
void sequence_stats_receive(struct sequence_stats_window *window, uint16_t seq, uint16_t skipped,
			    enum sequence_stats_kind kind, struct sequence_stats_counts *one,
			    struct sequence_stats_counts *all);

/*
 * Notes that the entity ended with `seq` and may begin anew with a newer one. Nothing was sent
 * between the last seq before the end and the first one after it, so nothing there is lost.
 */
void sequence_stats_end(struct sequence_stats_window *window, uint16_t seq,
			struct sequence_stats_counts *one, struct sequence_stats_counts *all);

#endif
