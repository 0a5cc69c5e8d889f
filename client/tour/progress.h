/*
 * progress: where the reader left off, in the file starling/tour below XDG_STATE_HOME, or below
 * ~/.local/state. It is a comfort only: where the file cannot be read or written, the tour begins
 * at its beginning and says nothing.
 */
#ifndef STARLING_CLIENT_TOUR_PROGRESS_H
#define STARLING_CLIENT_TOUR_PROGRESS_H

struct progress {
	int chapter, step; /* from 1 */
};

/* Chapter 1, step 1 when there is no file or no sense in it. */
struct progress progress_read(void);

void progress_write(struct progress progress);

#endif
