/*
 * session_tally: what became of numbered things: each seq is received, late, lost, skipped or
 * repaired, and never two of them.
 *
 * Pure. A window remembers the outcome of the last SEQUENCE_STATS_WINDOW seqs, so that one that was
 * counted as lost and then comes moves to its right place. {0} is a window that has seen nothing.
 */
#ifndef STARLING_CLIENT_LIB_SEQUENCE_STATS_H
#define STARLING_CLIENT_LIB_SEQUENCE_STATS_H

#include <stdbool.h>
#include <stdint.h>

enum {
	SEQUENCE_STATS_WINDOW = 64, /* one that comes more than this behind the newest stays lost */
	SEQUENCE_STATS_ENDS = 4,    /* so many ends, and gaps that may hold one, are remembered */
};

struct sequence_stats_counts {
	uint64_t received;  /* came, and none newer had come */
	uint64_t duplicate; /* came again; the only one that is not a outcome of seqs */
	uint64_t late;      /* came after a newer one; see SEQUENCE_STATS_REPEAT_AHEAD */
	uint64_t lost;      /* never came */
	uint64_t skipped;   /* never came, and the relay says that it did not send it */
	uint64_t repaired;  /* came only as a reliable repeat */
};

/* What never came between two that did. {0}: there is none. */
struct sequence_stats_gap {
	uint16_t from, to; /* those two */
	uint16_t lost;     /* of those between them, as far as they did not move since */
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

/* What a seq comes as. */
enum sequence_stats_kind {
	SEQUENCE_STATS_UPDATE = 0,
	SEQUENCE_STATS_REPEAT, /* a reliable repeat: what is missing before it is lost */
	/*
	 * A reliable repeat where updates are reliable, too, and it does not wait for them: what is
	 * missing before it is lost only when a newer update comes without it, and is received,
	 * not late, when it comes before.
	 */
	SEQUENCE_STATS_REPEAT_AHEAD,
};

/* Forgets what came before: the next seq starts a new count. */
void sequence_stats_restart(struct sequence_stats_window *window);

/*
 * Notes that `seq` came, before which the relay skipped `skipped`. What changed is added to both
 * `one` and `all`.
 */
void sequence_stats_receive(struct sequence_stats_window *window, uint16_t seq, uint16_t skipped,
			    enum sequence_stats_kind kind, struct sequence_stats_counts *one,
			    struct sequence_stats_counts *all);

/*
 * Notes that something ended with `seq`, and may begin anew with a newer one: of what is missing
 * between two that came, one before the end and one after it, nothing was sent, so nothing is lost.
 */
void sequence_stats_end(struct sequence_stats_window *window, uint16_t seq,
			struct sequence_stats_counts *one, struct sequence_stats_counts *all);

#endif
