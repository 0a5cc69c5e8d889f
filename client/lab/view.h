/*
 * view: what each receiver of the lab holds, how old it is, and what became of the rest; from
 * records alone, at times that the caller tells.
 */
#ifndef STARLING_CLIENT_LAB_VIEW_H
#define STARLING_CLIENT_LAB_VIEW_H

#include "client/lab/record.h"

/* A bird's newest state. */
struct view_bird {
	uint32_t number; /* 0: none yet */
	int64_t origin_ns;
	double x, y;
	int64_t came_ns; /* when it came to the receiver */
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
};

/* All zero is an empty one. */
struct view {
	struct view_bird truth[LAB_BIRDS_MAX];
	unsigned birds; /* that were published */
	uint64_t published;
	struct view_receiver receivers[LAB_WAYS];
};

void view_take(struct view *view, const struct lab_record *record);

/*
 * The mean age of a receiver's birds at `now_ns`, from their states' origins. False: it has none
 * yet. To be asked often: the longest age is kept from these.
 */
bool view_age(struct view *view, enum lab_way way, int64_t now_ns, int64_t *age_ns);

/* Begins the longest ages anew. */
void view_forget_longest(struct view *view);

/* How far its birds are from where they are, on average, in metres. */
double view_error_m(const struct view *view, enum lab_way way);

#endif
