/*
 * session_tally: what became of numbered things: each seq is received, late, lost, skipped or
 * repaired, and never two of them.
 *
 * Pure. A window remembers the class of the last TALLY_WINDOW seqs, so that one that was counted as
 * lost and then comes moves to its right place. {0} is a window that has seen nothing.
 */
#ifndef STARLING_CLIENT_SESSION_TALLY_H
#define STARLING_CLIENT_SESSION_TALLY_H

#include <stdbool.h>
#include <stdint.h>

enum {
	TALLY_WINDOW = 64, /* one that comes more than this behind the newest stays lost */
};

struct tally_counts {
	uint64_t received;  /* came, and none newer had come */
	uint64_t duplicate; /* came again; the only one that is not a class of seqs */
	uint64_t late;      /* came after a newer one */
	uint64_t lost;      /* never came */
	uint64_t skipped;   /* never came, and the relay says that it did not send it */
	uint64_t repaired;  /* came only as a reliable repeat */
};

struct tally_window {
	bool has_newest;
	uint16_t newest;
	uint8_t classes[TALLY_WINDOW]; /* of seq, at seq % TALLY_WINDOW */
};

/* Forgets what came before: the next seq starts a new count. */
void tally_restart(struct tally_window *window);

/*
 * Notes that `seq` came, before which the relay skipped `skipped`, as an update or as a reliable
 * repeat. What changed is added to both `one` and `all`.
 */
void tally_note(struct tally_window *window, uint16_t seq, uint16_t skipped, bool is_repeat,
		struct tally_counts *one, struct tally_counts *all);

#endif
