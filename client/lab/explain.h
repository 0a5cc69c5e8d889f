/*
 * explain: a sentence that says what is happening to a receiver of the lab now.
 */
#ifndef STARLING_CLIENT_LAB_EXPLAIN_H
#define STARLING_CLIENT_LAB_EXPLAIN_H

#include "client/lab/view.h"

/* The name of a way, as --mode has it; "TCP". */
const char *explain_way(enum lab_way way);

/*
 * Writes the sentence, for updates that are published every `interval_ns`. It claims no cause that
 * the records do not show.
 */
void explain(const struct view *view, enum lab_way way, int64_t interval_ns, int64_t now_ns,
	     char text[static LAB_TEXT_BYTES]);

#endif
