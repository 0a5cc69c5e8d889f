#include "client/lab/lab_state.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/socket.h>

void lab_state_take(struct lab_state *state, const struct lab_record *record)
{
	pthread_mutex_lock(&state->lock);
	view_take(&state->view, record);
	pthread_mutex_unlock(&state->lock);
}

static void note(struct lab_state *state, int64_t now_ns, const char *text)
{
	struct lab_note *newest = &state->notes[state->note_count++ % LAB_NOTES_MAX];

	newest->at_ns = now_ns;
	snprintf(newest->text, sizeof(newest->text), "%.*s", LAB_NOTE_BYTES - 1, text);
}

/* An order is lost only when its reader has gone, with which the lab ends. */
static void tell(const struct lab_state *state, const struct lab_order *order)
{
	(void)send(state->orders, order, sizeof(*order), MSG_DONTWAIT | MSG_NOSIGNAL);
}

void lab_state_change(struct lab_state *state, const struct link_model_spec *link, int64_t now_ns)
{
	const struct lab_order order = { .terms = link->start };
	char text[LINK_MODEL_TEXT_MAX_BYTES + 1];

	link_model_describe(link, text);
	pthread_mutex_lock(&state->lock);
	state->link = *link;
	note(state, now_ns, text);
	pthread_mutex_unlock(&state->lock);
	tell(state, &order);
}

void lab_state_cut(struct lab_state *state, int64_t span_ns, int64_t now_ns)
{
	const struct lab_order order = { .cut_ns = span_ns };
	char text[LAB_NOTE_BYTES];

	snprintf(text, sizeof(text), "the line is cut for %" PRId64 " ms", span_ns / 1000000);
	pthread_mutex_lock(&state->lock);
	state->cut_until_ns = now_ns + span_ns;
	note(state, now_ns, text);
	pthread_mutex_unlock(&state->lock);
	tell(state, &order);
}
