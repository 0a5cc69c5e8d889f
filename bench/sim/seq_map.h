/*
 * seq_map: which update a seq stands for, of one sender.
 *
 * A record carries a seq of 16 bits, which its session counts up as it sends a state (PROTOCOL.md);
 * updates that wait are merged, the latest wins, and what is said again, as settled, keeps its seq.
 * So a seq stands for the update that was the newest when it was first sent, and not for a count of
 * updates. The bench has the session and what it published in one process: it notes both here, and
 * an update need not carry its number for the bench's sake.
 *
 * Pure. Whoever looks at the session's seq before each publish and before each question misses
 * none.
 */
#ifndef STARLING_BENCH_SEQ_MAP_H
#define STARLING_BENCH_SEQ_MAP_H

#include <stdint.h>

enum {
	/*
	 * Half of all seqs: the protocol itself cannot tell one that is further back from one that
	 * is still to come (wire_seq_is_newer), and neither does this. It is 32 s at 1000 Hz.
	 */
	SEQ_MAP_KEPT = 1 << 15,
};

/* For a seq that stands for nothing that is known; no update has it. */
#define SEQ_MAP_UNKNOWN UINT32_MAX

/* All zero at first: nothing was published, and seq 0 is that of a session that has sent nothing.
 */
struct seq_map {
	uint32_t published; /* the newest, plus 1; 0: none */
	uint16_t seq;       /* the newest that is known to be sent */
	uint32_t kept;      /* seqs up to it that stand for something, at most SEQ_MAP_KEPT */
	uint32_t by_seq[SEQ_MAP_KEPT]; /* by seq % SEQ_MAP_KEPT */
};

/*
 * The session's newest seq is this now: all that it has sent since the last one was the newest
 * update. Not more than SEQ_MAP_KEPT may pass from one call to the next; what was sent before
 * anything was published stands for nothing.
 */
void seq_map_send(struct seq_map *numbers, uint16_t seq);

/* The session took this update (below SEQ_MAP_UNKNOWN), which is now the newest. */
void seq_map_publish(struct seq_map *numbers, uint32_t number);

/* The update, or SEQ_MAP_UNKNOWN. */
uint32_t seq_map_find(const struct seq_map *numbers, uint16_t seq);

#endif
