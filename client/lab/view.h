/*
 * view: what each receiver of the lab holds, how old it is, and what became of the rest; from
 * records alone, at times that the caller tells.
 */
#ifndef STARLING_CLIENT_LAB_VIEW_H
#define STARLING_CLIENT_LAB_VIEW_H

#include "client/age/age_parts.h"
#include "client/lab/record.h"

enum {
	VIEW_KEPT = 256, /* of a bird's updates, the newest, whose ways are known */
};

/* A bird's newest state. */
struct view_bird {
	uint32_t number; /* 0: none yet */
	int64_t origin_ns;
	double x, y;
	int64_t came_ns;   /* when it came to the receiver */
	int64_t behind_ns; /* since when a newer one waits at the receiver's host; 0: none does */
	int64_t at_ns[AGE_MILESTONES]; /* of its way, as far as they are known */
};

/* A published update, and what became of it on the link to a receiver. 0: it was not seen. */
struct view_publication {
	uint32_t number;
	int64_t made_ns, left_ns, reached_ns;
};

struct view_passage {
	uint32_t number;
	int64_t entered_ns, passed_ns, left_ns; /* entered first; entered and passed; left first */
};

struct view_receiver {
	bool is_ready;
	struct view_bird birds[LAB_BIRDS_MAX];
	uint64_t delivered, late, lost, skipped; /* updates */
	int64_t newest_at_ns;                    /* when its last update came; 0: none yet */
	int64_t lost_at_ns;                      /* when its link last lost a packet; 0: never */
	struct lab_packet packet;                /* the last one that entered its link, */
	bool is_packet_passed;                   /* whether that passed, */
	int64_t packet_ns;                       /* and when; 0: none yet */
	unsigned passed;                         /* packets that its link passed since then */
	int64_t longest_age_ns;                  /* of any bird, so far */
	struct view_passage passages[LAB_BIRDS_MAX][VIEW_KEPT]; /* by number */
};

/* All zero is an empty one. */
struct view {
	struct view_bird truth[LAB_BIRDS_MAX];
	unsigned birds; /* that were published */
	uint64_t published;
	struct view_receiver receivers[LAB_WAYS];
	struct view_publication published_ways[LAB_BIRDS_MAX][VIEW_KEPT]; /* by number */
	int64_t late_ns[2]; /* the most that the links were late in this second, and the one before
			     */
	int64_t late_since_ns;
};

void view_take(struct view *view, const struct lab_record *record);

/*
 * The mean age of a receiver's birds at `now_ns`, from their states' origins. False: it has none
 * yet. To be asked often: the longest age is kept from these.
 */
bool view_age(struct view *view, enum lab_way way, int64_t now_ns, int64_t *age_ns);

/*
 * The parts of a bird's age at `now_ns`, whose sum is the age from its state's origin. False: the
 * receiver has none of its states yet. To be asked often: milestones are known for some time.
 */
bool view_parts(struct view *view, enum lab_way way, unsigned bird, int64_t now_ns,
		int64_t parts[static AGE_PARTS]);

/* The means of all its birds' parts. False: it has no bird yet. */
bool view_mean_parts(struct view *view, enum lab_way way, int64_t now_ns,
		     double parts_ns[static AGE_PARTS]);

/* By how much a part may be wrong: the most that the links' process was late in the last second. */
int64_t view_error_ns(const struct view *view);

/* Begins the longest ages anew. */
void view_forget_longest(struct view *view);

/* How far its birds are from where they are, on average, in metres. */
double view_error_m(const struct view *view, enum lab_way way);

#endif
