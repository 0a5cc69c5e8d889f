/* chapter: the chapters of the tour, in order. */
#ifndef STARLING_CLIENT_TOUR_CHAPTER_H
#define STARLING_CLIENT_TOUR_CHAPTER_H

#include "client/tour/step.h"

struct chapter {
	int number; /* its title has the key "NUMBER.title" (language.h) */
	/* Tells its steps, as far as this machine allows. False when it could not come to its end.
	 */
	bool (*tell)(struct tour *tour);
};

extern const struct chapter chapter_list[];
extern const size_t chapter_count;

/* NULL: there is no such chapter. */
const struct chapter *chapter_find(int number);

/* Plays a chapter; its processes and descriptors are gone afterwards. False: not to its end. */
bool chapter_play(struct tour *tour, const struct chapter *chapter);

/* Prints the chapters' numbers and titles, one a line. */
void chapter_print_list(const struct tour *tour);

/* The numbers of all chapters, as "1, 2, 3". */
const char *chapter_numbers(void);

#endif
