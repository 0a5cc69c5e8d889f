/*
 * step: a running tour, and how a chapter tells a step of it:
 *
 *	step_begin(tour, "bind");
 *	call = step_call(tour, PICTURE_SERVER, call_bind(3, address));
 *	step_word(tour, "port", "%u", port);
 *	if (call.error)
 *		step_variant(tour, "taken");
 *	step_end(tour);
 *
 * The texts of the step are those with the keys "1.bind.title" and "1.bind", or "1.bind.taken" for
 * the variant, of chapter 1 (language.h). step_end shows the step and waits for the reader. When
 * the reader leaves, `is_over` is true: no call is made any more, and nothing is shown, so that a
 * chapter comes to its end by itself.
 */
#ifndef STARLING_CLIENT_TOUR_STEP_H
#define STARLING_CLIENT_TOUR_STEP_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "client/tour/state.h"

/* Begins a chapter, with nobody there. */
void step_chapter(struct tour *tour, int chapter);

/* Ends the chapter's processes and frees what was shown. */
void step_chapter_end(struct tour *tour);

/* Starts the process of a party. False: there is none, and its calls fail. */
bool step_party(struct tour *tour, enum picture_party party);

/* step_party with a `serve` of the chapter's own (actor.h). */
bool step_party_serving(struct tour *tour, enum picture_party party, void (*serve)(void *state));

/* `name` must stay valid as long as the step lasts. */
void step_begin(struct tour *tour, const char *name);

/* Lets a party make a call, which becomes a part of the step. */
struct call step_call(struct tour *tour, enum picture_party party, struct call_request request);

/* step_call in two halves: the party waits in its call while others make theirs. */
void step_call_begin(struct tour *tour, enum picture_party party, struct call_request request);
struct call step_call_finish(struct tour *tour, enum picture_party party);

/* Lets a party make a call that the step does not show; for what the kernel alone knows. */
struct call step_call_unseen(struct tour *tour, enum picture_party party,
			     struct call_request request);

/* Shows a call that a party made before. */
void step_call_made(struct tour *tour, enum picture_party party, const struct call *call);

/* Gives the text's {name} a value. */
__attribute__((format(printf, 3, 4))) void step_word(struct tour *tour, const char *name,
						     const char *value, ...);

/* Chooses another text for the same step. `variant` must stay valid as long as the step lasts. */
void step_variant(struct tour *tour, const char *variant);

/* Adds a line of a picture that takes the place of the processes'. */
__attribute__((format(printf, 2, 3))) void step_draw(struct tour *tour, const char *line, ...);

/* Adds bytes with the meaning of each. At most STEP_BYTES_MAX are kept. */
void step_bytes(struct tour *tour, const char *name, const void *data, size_t size,
		const struct fields *fields);

/* On a terminal with keys: writes a line in place of the keys, while something takes its time. */
__attribute__((format(printf, 2, 3))) void step_progress(struct tour *tour, const char *line, ...);

/* Shows the step, and waits. */
void step_end(struct tour *tour);

#endif
