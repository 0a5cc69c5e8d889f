#include "client/lab/lab_feed.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "client/lab/explain.h"

#define NS_PER_MS 1000000

/* Hearing. */

static bool change(struct lab_state *state, const char *text, int64_t now_ns)
{
	struct link_model_spec link;
	char error[LINK_MODEL_ERROR_BYTES];

	if (!link_model_parse(&link, text, error) || link.change_count > 0)
		return false;
	lab_state_change(state, &link, now_ns);
	return true;
}

static bool cut(struct lab_state *state, double ms, int64_t now_ns)
{
	if (!(ms >= 1 && ms <= LAB_CUT_MAX_MS))
		return false;
	lab_state_cut(state, (int64_t)ms * NS_PER_MS, now_ns);
	return true;
}

bool lab_feed_hear(struct lab_state *state, const char *text, size_t size, int64_t now_ns)
{
	const char *end = text;
	cJSON *json = cJSON_ParseWithLengthOpts(text, size, &end, false);
	const cJSON *item =
		cJSON_IsObject(json) && cJSON_GetArraySize(json) == 1 ? json->child : NULL;
	bool is_heard = false;

	if (item && end != text + size)
		is_heard = false;
	else if (item && strcmp(item->string, "link") == 0 && cJSON_IsString(item))
		is_heard = change(state, item->valuestring, now_ns);
	else if (item && strcmp(item->string, "cut_ms") == 0 && cJSON_IsNumber(item))
		is_heard = cut(state, item->valuedouble, now_ns);
	cJSON_Delete(json);
	return is_heard;
}

/* Writing. */

static double rounded(double value)
{
	return round(value * 100) / 100;
}

static double ms_since(int64_t at_ns, int64_t now_ns)
{
	return rounded((double)(now_ns - at_ns) / NS_PER_MS);
}

static void add_number(cJSON *array, double value)
{
	cJSON_AddItemToArray(array, cJSON_CreateNumber(rounded(value)));
}

/* [bird, x, y]. NULL: there is none yet. */
static cJSON *add_bird(cJSON *list, const struct view_bird *birds, unsigned index)
{
	cJSON *bird;

	if (birds[index].number == 0)
		return NULL;
	bird = cJSON_CreateArray();
	cJSON_AddItemToArray(list, bird);
	add_number(bird, index);
	add_number(bird, birds[index].x);
	add_number(bird, birds[index].y);
	return bird;
}

static void add_true_birds(cJSON *parent, const struct view *view)
{
	cJSON *list = cJSON_AddArrayToObject(parent, "birds");

	for (unsigned i = 0; i < view->birds; i++)
		(void)add_bird(list, view->truth, i);
}

/* Behind those the age, and its parts in the order of the message's `parts`. */
static void add_held_birds(cJSON *parent, struct view *view, enum lab_way way, int64_t now_ns)
{
	cJSON *list = cJSON_AddArrayToObject(parent, "birds");
	const struct view_bird *birds = view->receivers[way].birds;

	for (unsigned i = 0; i < view->birds; i++) {
		cJSON *bird = add_bird(list, birds, i);
		int64_t parts[AGE_PARTS];

		if (!bird || !view_parts(view, way, i, now_ns, parts))
			continue;
		add_number(bird, ms_since(birds[i].origin_ns, now_ns));
		for (unsigned part = 0; part < AGE_PARTS; part++)
			add_number(bird, (double)parts[part] / NS_PER_MS);
	}
}

static void add_packet(cJSON *parent, const struct view_receiver *receiver, int64_t now_ns)
{
	const struct lab_packet *packet = &receiver->packet;
	const size_t shown = packet->size < LAB_PACKET_BYTES ? packet->size : LAB_PACKET_BYTES;
	char hex[2 * LAB_PACKET_BYTES + 1] = "";
	cJSON *json;

	if (receiver->packet_ns == 0)
		return;
	for (size_t i = 0; i < shown; i++)
		snprintf(hex + 2 * i, 3, "%02x", packet->bytes[i]);
	json = cJSON_AddObjectToObject(parent, "packet");
	cJSON_AddStringToObject(json, "bytes", hex);
	cJSON_AddNumberToObject(json, "size", (double)packet->size);
	cJSON_AddBoolToObject(json, "is_passed", receiver->is_packet_passed);
	cJSON_AddNumberToObject(json, "ago_ms", ms_since(receiver->packet_ns, now_ns));
}

static cJSON *way_json(struct lab_state *state, enum lab_way way, int64_t now_ns)
{
	struct view_receiver *receiver = &state->view.receivers[way];
	char text[LAB_TEXT_BYTES];
	int64_t age_ns;
	cJSON *json = cJSON_CreateObject();

	explain(&state->view, way, (int64_t)(1e9 / state->rate_hz), now_ns, text);
	cJSON_AddStringToObject(json, "way", explain_way(way));
	if (view_age(&state->view, way, now_ns, &age_ns))
		cJSON_AddNumberToObject(json, "age_ms", rounded((double)age_ns / NS_PER_MS));
	else
		cJSON_AddNullToObject(json, "age_ms");
	cJSON_AddNumberToObject(json, "longest_age_ms",
				rounded((double)receiver->longest_age_ns / NS_PER_MS));
	cJSON_AddNumberToObject(json, "error_m", rounded(view_error_m(&state->view, way)));
	cJSON_AddNumberToObject(json, "delivered", (double)receiver->delivered);
	cJSON_AddNumberToObject(json, "late", (double)receiver->late);
	cJSON_AddNumberToObject(json, "lost", (double)receiver->lost);
	cJSON_AddNumberToObject(json, "skipped", (double)receiver->skipped);
	cJSON_AddStringToObject(json, "happens", text);
	add_held_birds(json, &state->view, way, now_ns);
	add_packet(json, receiver, now_ns);
	return json;
}

static void add_terms(cJSON *parent, const struct link_model_terms *terms)
{
	cJSON *json = cJSON_AddObjectToObject(parent, "terms");

	cJSON_AddNumberToObject(json, "delay_ms", (double)terms->delay_ns / NS_PER_MS);
	cJSON_AddNumberToObject(json, "jitter_ms", (double)terms->jitter_ns / NS_PER_MS);
	cJSON_AddNumberToObject(json, "loss", (double)terms->loss / (double)LINK_MODEL_ALWAYS);
	cJSON_AddNumberToObject(json, "burst",
				terms->has_burst ? (double)terms->burst / (double)LINK_MODEL_ALWAYS
						 : 0);
	cJSON_AddNumberToObject(json, "rate_kbit", (double)terms->rate_bits / 1000);
}

/* The oldest first; `t_ms` is on the message's clock. */
static void add_notes(cJSON *parent, const struct lab_state *state)
{
	const unsigned first =
		state->note_count > LAB_NOTES_MAX ? state->note_count - LAB_NOTES_MAX : 0;
	cJSON *list = cJSON_AddArrayToObject(parent, "notes");

	for (unsigned i = first; i < state->note_count; i++) {
		const struct lab_note *note = &state->notes[i % LAB_NOTES_MAX];
		cJSON *json = cJSON_CreateObject();

		cJSON_AddItemToArray(list, json);
		cJSON_AddNumberToObject(json, "t_ms", ms_since(state->start_ns, note->at_ns));
		cJSON_AddStringToObject(json, "text", note->text);
	}
}

/* The parts' words, and by how much one may be wrong. */
static void add_parts(cJSON *parent, const struct view *view)
{
	cJSON *list = cJSON_AddArrayToObject(parent, "parts");

	for (unsigned part = 0; part < AGE_PARTS; part++)
		cJSON_AddItemToArray(list, cJSON_CreateString(age_part_text((enum age_part)part)));
	cJSON_AddNumberToObject(parent, "parts_error_ms",
				rounded((double)view_error_ns(view) / NS_PER_MS));
}

static cJSON *message_json(struct lab_state *state, int64_t now_ns)
{
	char link[LINK_MODEL_TEXT_MAX_BYTES + 1];
	cJSON *json = cJSON_CreateObject(), *ways;

	link_model_describe(&state->link, link);
	cJSON_AddStringToObject(json, "kind", "lab");
	cJSON_AddNumberToObject(json, "t_ms",
				state->start_ns > 0 ? ms_since(state->start_ns, now_ns) : 0);
	cJSON_AddBoolToObject(json, "is_ready", state->start_ns > 0);
	cJSON_AddStringToObject(json, "link", link);
	add_terms(json, &state->link.start);
	cJSON_AddBoolToObject(json, "is_cut", now_ns < state->cut_until_ns);
	cJSON_AddNumberToObject(json, "rate_hz", state->rate_hz);
	cJSON_AddNumberToObject(json, "published", (double)state->view.published);
	add_true_birds(json, &state->view);
	add_parts(json, &state->view);
	ways = cJSON_AddArrayToObject(json, "ways");
	for (unsigned way = 0; way < LAB_WAYS; way++)
		cJSON_AddItemToArray(ways, way_json(state, (enum lab_way)way, now_ns));
	add_notes(json, state);
	return json;
}

bool lab_feed_write(struct lab_state *state, FILE *out, int64_t now_ns)
{
	cJSON *json;
	char *text;

	pthread_mutex_lock(&state->lock);
	json = message_json(state, now_ns);
	pthread_mutex_unlock(&state->lock);
	text = cJSON_PrintUnformatted(json);
	cJSON_Delete(json);
	if (!text)
		return false;
	(void)fputs(text, out);
	free(text);
	return true;
}
