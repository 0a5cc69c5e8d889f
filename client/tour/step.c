#include "client/tour/step.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "client/tour/page/page.h"
#include "client/tour/page/terminal_page.h"

void step_chapter(struct tour *tour, int chapter)
{
	tour->chapter = chapter;
	tour->number = 0;
	tour->picture = (struct picture){ 0 };
}

void step_chapter_end(struct tour *tour)
{
	for (int party = 0; party < PICTURE_PARTIES; party++)
		actor_stop(&tour->actors[party]);
	for (int i = 0; i < STEPS_MAX; i++) {
		free(tour->shown[i].page);
		free(tour->shown[i].bytes);
		tour->shown[i] = (struct step_shown){ 0 };
	}
}

bool step_party_serving(struct tour *tour, enum picture_party party, void (*serve)(void *state))
{
	if (tour->is_over || actor_start(&tour->actors[party], serve, NULL) < 0)
		return false;
	tour->picture.parties[party].pid = tour->actors[party].pid;
	return true;
}

bool step_party(struct tour *tour, enum picture_party party)
{
	return step_party_serving(tour, party, actor_make_calls);
}

void step_begin(struct tour *tour, const char *name)
{
	tour->step = (struct step){ .name = name };
	tour->number += !tour->is_over;
	picture_clear_arrows(&tour->picture);
}

void step_call_begin(struct tour *tour, enum picture_party party, struct call_request request)
{
	if (!tour->is_over)
		actor_begin(&tour->actors[party], &request);
}

/* In place of a call when the reader has left. */
static const struct call no_call = { .result = -1, .error = EPIPE, .fd = -1 };

void step_call_made(struct tour *tour, enum picture_party party, const struct call *call)
{
	struct step *step = &tour->step;

	if (step->call_count < STEP_CALLS_MAX)
		step->calls[step->call_count++] = (struct step_call){
			.party = party, .pid = tour->actors[party].pid, .call = *call
		};
}

struct call step_call_finish(struct tour *tour, enum picture_party party)
{
	struct call call;

	if (tour->is_over)
		return no_call;
	call = actor_finish(&tour->actors[party]);
	step_call_made(tour, party, &call);
	picture_add_call(&tour->picture, party, &call);
	return call;
}

struct call step_call(struct tour *tour, enum picture_party party, struct call_request request)
{
	step_call_begin(tour, party, request);
	return step_call_finish(tour, party);
}

struct call step_call_unseen(struct tour *tour, enum picture_party party,
			     struct call_request request)
{
	return tour->is_over ? no_call : actor_do(&tour->actors[party], &request);
}

void step_word(struct tour *tour, const char *name, const char *value, ...)
{
	struct step *step = &tour->step;
	va_list list;

	if (step->word_count == STEP_WORDS_MAX)
		return;
	snprintf(step->words[step->word_count].name, sizeof(step->words[0].name), "%s", name);
	va_start(list, value);
	vsnprintf(step->words[step->word_count++].value, sizeof(step->words[0].value), value, list);
	va_end(list);
}

void step_variant(struct tour *tour, const char *variant)
{
	tour->step.variant = variant;
}

void step_draw(struct tour *tour, const char *line, ...)
{
	char *drawn = tour->step.drawn;
	size_t used = strlen(drawn);
	va_list list;

	if (used + 2 > STEP_DRAWN_BYTES)
		return;
	va_start(list, line);
	vsnprintf(drawn + used, STEP_DRAWN_BYTES - used - 1, line, list);
	va_end(list);
	strcat(drawn, "\n");
}

void step_bytes(struct tour *tour, const char *name, const void *data, size_t size,
		const struct fields *fields)
{
	struct step *step = &tour->step;

	step->bytes_name = name;
	step->bytes_size = size < STEP_BYTES_MAX ? size : STEP_BYTES_MAX;
	memcpy(step->bytes, data, step->bytes_size);
	step->fields = *fields;
}

void step_progress(struct tour *tour, const char *line, ...)
{
	va_list list;

	if (!tour->has_places)
		return;
	fputs("\r\033[K", tour->out);
	va_start(list, line);
	vfprintf(tour->out, line, list);
	va_end(list);
	fflush(tour->out);
}

/* Keeps the step for the way back. */
static void keep(struct tour *tour)
{
	struct step_shown *shown = &tour->shown[tour->number - 1];

	*shown = (struct step_shown){ .page = page_step(tour), .bytes = page_bytes(tour) };
	if (!shown->page || !shown->bytes) {
		fprintf(stderr, "starling tour: out of memory\n");
		tour->is_over = true;
	}
}

/* Shows the newest step, and those before it as the reader likes, until the next one is due. */
static void show_with_keys(struct tour *tour)
{
	int at = tour->number - 1, bytes_page = 0;

	while (at < tour->number && !tour->is_over) {
		int next_bytes = terminal_page_show(tour, &tour->shown[at], bytes_page);
		enum terminal_page_key key = terminal_page_key(tour->key_fd);

		bytes_page = key == TERMINAL_PAGE_BYTES ? next_bytes : 0;
		if (key == TERMINAL_PAGE_NEXT)
			at++;
		else if (key == TERMINAL_PAGE_BACK)
			at -= at > 0;
		else if (key == TERMINAL_PAGE_LEAVE)
			tour->is_over = true;
	}
}

static void show_below(struct tour *tour)
{
	char *bytes = tour->shown[tour->number - 1].bytes;

	fold_style(tour->out, tour->shown[tour->number - 1].page, tour->has_colour);
	if (tour->step.bytes_name) {
		fputc('\n', tour->out);
		fold_style(tour->out, bytes, tour->has_colour);
	}
	fputc('\n', tour->out);
}

void step_end(struct tour *tour)
{
	if (tour->is_over || tour->number > STEPS_MAX)
		return;
	if (tour->is_json) {
		page_json(tour);
	} else {
		keep(tour);
		if (tour->is_over)
			return;
		if (tour->wait != STEP_KEYS)
			show_below(tour);
		else if (tour->number >= tour->skip_to)
			show_with_keys(tour);
	}
	fflush(tour->out);
	if (tour->wait == STEP_PAUSE && poll(NULL, 0, (int)(tour->pause_s * 1000)) < 0)
		tour->is_over = true;
	tour->is_over |= terminal_page_was_stopped();
}
