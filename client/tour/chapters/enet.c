/*
 * enet: chapter 6: what ENet adds to datagrams: a connection, and three ways for a message. The
 * same ten updates go each way over one bad link, which loses the same two and holds the same one
 * back.
 */
#include "client/tour/chapters/chapters.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <string.h>

#include "client/tour/chapters/bad_link.h"
#include "client/tour/chapters/enet_party.h"
#include "client/tour/chapters/layer_fields.h"
#include "client/tour/chapters/ten_updates.h"
#include "client/tour/page/fold.h"
#include "client/tour/page/page.h"
#include "proto/enet/guard/datagram.h"
#include "proto/enet/host.h"
#include "proto/wire/wire.h"

enum {
	CONNECT_BYTES = 52, /* ENet's datagram header with a sent time (4) and its CONNECT (48) */
	EVENT_MS = 1000,
	NS_PER_MS = 1000000,
	TABLE_COLUMNS = 16,
	SHOWN_RECEIVES = STEP_CALLS_MAX - 1,
	LIST_ROWS_MAX = 6,
};

static const struct bad_link_plan plan = { .delay_ms = 40, .lost = { 3, 6 }, .late = 8 };

/* The three ways, as the texts name them. */
static const struct {
	enum wire_mode mode;
	const char *name;
} ways[WIRE_MODE_COUNT] = {
	{ WIRE_UNSEQUENCED, "unsequenced" },
	{ WIRE_SEQUENCED, "sequenced" },
	{ WIRE_RELIABLE, "reliable" },
};

/* The chapter keeps these between its steps. */
struct contrast {
	struct actor link;
	struct bad_link_log log;
	struct ten_updates runs[WIRE_MODE_COUNT];
};

/* Adds a number as a field, with a comment. */
static void plain(struct fields *fields, const char *name, size_t size, const char *remark)
{
	uint32_t value = fields_read(fields, size);

	fields_add(fields, name, "%" PRIu32 "%s%s", value, *remark ? ", " : "", remark);
}

static void add_connect(struct fields *fields)
{
	uint32_t value = fields_read(fields, 2);

	fields_add(fields, "peer and flags", "0x%04" PRIx32 ": %s, for peer %" PRIu32 "%s", value,
		   value & DATAGRAM_HEAD_SENT_TIME ? "a sent time follows" : "no sent time",
		   value & DATAGRAM_NOBODY,
		   (value & DATAGRAM_NOBODY) == DATAGRAM_NOBODY ? " (not known yet)" : "");
	plain(fields, "sent time", 2, "ms, the low 16 bits of ENet's clock");
	value = fields_read(fields, 1);
	fields_add(fields, "command", "%" PRIu32 "%s%s",
		   value & ~(uint32_t)DATAGRAM_FLAG_ACKNOWLEDGE,
		   (value & 0x0f) == DATAGRAM_CONNECT ? ": CONNECT" : "",
		   value & DATAGRAM_FLAG_ACKNOWLEDGE ? ", to be acknowledged" : "");
	plain(fields, "channel", 1, "the connection itself");
	plain(fields, "reliable sequence", 2, "");
	plain(fields, "my peer number", 2, "put it on what you send me");
	plain(fields, "session in", 1, "none yet");
	plain(fields, "session out", 1, "none yet");
	plain(fields, "mtu", 4, "longest datagram");
	plain(fields, "window", 4, "reliable bytes on their way at most");
	plain(fields, "channels", 4, "");
	plain(fields, "bandwidth in", 4, "that is, no limit");
	plain(fields, "bandwidth out", 4, "that is, no limit");
	plain(fields, "throttle interval", 4, "ms");
	plain(fields, "throttle acceleration", 4, "");
	plain(fields, "throttle deceleration", 4, "");
	value = fields_read(fields, 4);
	fields_add(fields, "connect id", "0x%08" PRIx32 ", drawn by the client", value);
	value = fields_read(fields, 4);
	fields_add(fields, "our data", "%s",
		   value == wire_connect_data() ? "the letters STL and the protocol's version"
						: "not a Starling client's");
}

/* The first datagram that the link saw is CONNECT, and each of its bytes has a meaning. */
static bool show_connect(struct tour *tour, const struct bad_link_log *log)
{
	const struct bad_link_seen *first = &log->seen[0];
	struct fields fields;

	if (log->count == 0 || first->size != CONNECT_BYTES)
		return false;
	fields = fields_init(first->data, CONNECT_BYTES);
	add_connect(&fields);
	step_bytes(tour, "ENet's CONNECT", first->data, CONNECT_BYTES, &fields);
	return true;
}

/* Starts the link before the server, as the sockets of both ends are not there otherwise. */
static bool start_link(struct tour *tour, struct contrast *contrast,
		       const struct sockaddr_in *server, struct sockaddr_in *address)
{
	if (tour->is_over || bad_link_start_planned(&contrast->link, server, &plan, address) < 0)
		return false;
	picture_set_link(&tour->picture, tour->language, address);
	return true;
}

/* Draws an arrow for each of the datagrams that the link saw, as ENet calls its first command. */
static void draw_log(struct tour *tour, const struct bad_link_log *log)
{
	static const char *const names[DATAGRAM_KIND_COUNT] = {
		[DATAGRAM_ACKNOWLEDGE] = "ACKNOWLEDGE",
		[DATAGRAM_CONNECT] = "CONNECT",
		[DATAGRAM_VERIFY_CONNECT] = "VERIFY_CONNECT",
		[DATAGRAM_DISCONNECT] = "DISCONNECT",
	};

	for (size_t i = 0; i < log->count; i++) {
		const char *name = names[log->seen[i].kind];
		struct picture_arrow *arrow =
			name ? picture_add_arrow(&tour->picture, PICTURE_CLIENT_A) : NULL;

		if (!arrow)
			continue;
		arrow->is_from_server = log->seen[i].is_back;
		snprintf(arrow->text, sizeof(arrow->text), "%s", name);
	}
}

static bool connects(struct tour *tour, struct contrast *contrast)
{
	struct call server, connect, at_client, at_server;
	struct sockaddr_in link = { 0 };
	bool is_there = step_party_serving(tour, PICTURE_SERVER, enet_party_serve) &&
			step_party_serving(tour, PICTURE_CLIENT_A, enet_party_serve);

	step_begin(tour, "connect");
	(void)step_call(tour, PICTURE_SERVER, enet_party_open(true));
	server = step_call(tour, PICTURE_SERVER, enet_party_socket());
	is_there = is_there && start_link(tour, contrast, &server.local, &link);
	(void)step_call(tour, PICTURE_CLIENT_A, enet_party_open(false));
	(void)step_call(tour, PICTURE_CLIENT_A, enet_party_socket());
	connect = step_call(tour, PICTURE_CLIENT_A, enet_party_connect(link));
	at_client = step_call(tour, PICTURE_CLIENT_A, enet_party_receive(EVENT_MS));
	at_server = step_call(tour, PICTURE_SERVER, enet_party_receive(EVENT_MS));
	step_word(tour, "delay", "%d", plan.delay_ms);
	step_word(tour, "client", "%.0f",
		  (double)(at_client.end_ns - connect.begin_ns) / NS_PER_MS);
	step_word(tour, "server", "%.0f",
		  (double)(at_server.end_ns - connect.begin_ns) / NS_PER_MS);
	is_there = is_there && at_client.value == 1 + HOST_CONNECTED &&
		   at_server.value == 1 + HOST_CONNECTED &&
		   bad_link_look(&contrast->link, &contrast->log) &&
		   show_connect(tour, &contrast->log);
	if (is_there)
		draw_log(tour, &contrast->log);
	else
		step_variant(tour, "missing");
	step_end(tour);
	return is_there;
}

/* Begins a line of a table with the name of a way, in its columns. */
static const char *way_name(const struct tour *tour, int way, char out[static LANGUAGE_TEXT_BYTES])
{
	char key[24];
	size_t used, bytes;

	snprintf(key, sizeof(key), "6.row.%s", ways[way].name);
	if (!language_text(tour->language, key, out))
		out[0] = '\0';
	used = fold_columns(out);
	bytes = strlen(out);
	snprintf(out + bytes, LANGUAGE_TEXT_BYTES - bytes, "%*s",
		 used < TABLE_COLUMNS ? (int)(TABLE_COLUMNS - used) : 1, "");
	return out;
}

/* One line of the table of the three ways: what the link saw there and back. */
static void draw_way(struct tour *tour, int way, const struct bad_link_log *log)
{
	size_t there = 0, back = 0, there_bytes = 0, back_bytes = 0;
	char text[LANGUAGE_TEXT_BYTES];

	for (size_t i = 0; i < log->count; i++) {
		if (!log->seen[i].is_on_channel)
			continue;
		*(log->seen[i].is_back ? &back : &there) += 1;
		*(log->seen[i].is_back ? &back_bytes : &there_bytes) += log->seen[i].size;
	}
	step_draw(tour, "  %s%zu x --> %3zu bytes   %zu x <-- %3zu bytes",
		  way_name(tour, way, text), there, there_bytes, back, back_bytes);
}

/* Waits for what ENet answers to a message; no event comes of it. */
static void await_answer(struct tour *tour)
{
	(void)step_call_unseen(tour, PICTURE_CLIENT_A,
			       enet_party_receive(2 * (unsigned)plan.delay_ms));
}

/* The datagram of a reliable message, as the link saw it. */
static void show_reliable(struct tour *tour, const struct bad_link_log *log)
{
	for (size_t i = 0; i < log->count; i++) {
		const struct bad_link_seen *seen = &log->seen[i];
		struct fields fields;

		if (seen->is_back || seen->kind != DATAGRAM_RELIABLE)
			continue;
		fields = fields_init(seen->data, seen->size);
		layer_fields_add_reliable(&fields);
		step_bytes(tour, "The reliable one", seen->data, seen->size, &fields);
		return;
	}
}

/* One message each way, and what it takes. */
static bool three_ways(struct tour *tour, struct contrast *contrast)
{
	bool has_come = true;

	step_begin(tour, "ways");
	for (int i = 0; i < WIRE_MODE_COUNT && !tour->is_over; i++) {
		struct call call;

		(void)step_call(tour, PICTURE_CLIENT_A,
				enet_party_send(WIRE_CHANNEL_STATE, ways[i].mode, "hello", 5));
		call = step_call(tour, PICTURE_SERVER, enet_party_receive(EVENT_MS));
		has_come = has_come && call.value == 1 + HOST_MESSAGE;
		await_answer(tour);
		has_come = has_come && bad_link_look(&contrast->link, &contrast->log);
		if (has_come)
			draw_way(tour, i, &contrast->log);
	}
	if (has_come)
		show_reliable(tour, &contrast->log);
	else
		step_variant(tour, "missing");
	step_end(tour);
	return has_come;
}

/* The updates that waited at the server for one that was lost: how many, and the longest time. */
static unsigned count_waiting(const struct ten_updates *run, double *longest_ms)
{
	unsigned count = 0;

	*longest_ms = 0;
	for (int i = 0; i < TEN_UPDATES; i++) {
		double ms = ten_updates_waited_ms(&run->updates[i]);

		if (ms < 1)
			continue;
		count++;
		*longest_ms = ms > *longest_ms ? ms : *longest_ms;
	}
	return count;
}

static bool is_shown(const struct ten_updates *run, int number)
{
	return run->updates[number - 1].shown_ns >= 0;
}

/* The place of an update among those that were shown, from 0. */
static size_t place_of(const struct ten_updates *run, int number)
{
	size_t at = 0;

	while (at < run->received && ten_updates_number(&run->receives[at]) != number)
		at++;
	return at;
}

/* Whether the run went as its text says. */
static bool is_as_told(const struct ten_updates *run)
{
	bool is_overtaken = place_of(run, plan.late) > place_of(run, plan.late + 1);
	bool is_reliable = run->mode == WIRE_RELIABLE;
	bool is_good = run->has_log && run->updates[plan.late - 1].is_late;

	for (int i = 0; i < BAD_LINK_LOST; i++)
		is_good = is_good && run->updates[plan.lost[i] - 1].is_lost &&
			  is_shown(run, plan.lost[i]) == is_reliable &&
			  (run->updates[plan.lost[i] - 1].again_ns >= 0) == is_reliable;
	if (run->mode == WIRE_SEQUENCED)
		return is_good && !is_shown(run, plan.late) && run->received == TEN_UPDATES - 3;
	if (run->mode == WIRE_UNSEQUENCED)
		return is_good && run->received == TEN_UPDATES - 2 && is_overtaken;
	return is_good && run->received == TEN_UPDATES && !is_overtaken;
}

static void ten(struct tour *tour, struct contrast *contrast, int way)
{
	struct ten_updates *run = &contrast->runs[way];
	const struct ten_updates_one *lost = &run->updates[plan.lost[0] - 1];
	size_t first;
	double longest_ms;

	step_begin(tour, ways[way].name);
	ten_updates_run(tour, &contrast->link, ways[way].mode, run);
	if (tour->is_over)
		return;
	ten_updates_draw(tour, run);
	step_call_made(tour, PICTURE_CLIENT_A, &lost->send);
	first = run->received > SHOWN_RECEIVES ? run->received - SHOWN_RECEIVES : 0;
	for (size_t i = first; i < run->received; i++)
		step_call_made(tour, PICTURE_SERVER, &run->receives[i]);
	step_word(tour, "lost", "%d", plan.lost[0]);
	step_word(tour, "lost2", "%d", plan.lost[1]);
	step_word(tour, "late", "%d", plan.late);
	step_word(tour, "next", "%d", plan.late + 1);
	step_word(tour, "every", "%d", TEN_UPDATES_EVERY_MS);
	step_word(tour, "waiting", "%u", count_waiting(run, &longest_ms));
	step_word(tour, "longest", "%.0f", longest_ms);
	step_word(tour, "again", "%.0f", (double)(lost->again_ns - lost->sent_ns) / NS_PER_MS);
	if (!is_as_told(run))
		step_variant(tour, "other");
	step_end(tour);
}

/* The table of what each way cost and gave. */
static void cost(struct tour *tour, const struct contrast *contrast)
{
	char text[LANGUAGE_TEXT_BYTES];

	step_begin(tour, "cost");
	step_draw(tour, "  %s", page_text(tour, ".head", text));
	for (int i = 0; i < WIRE_MODE_COUNT; i++) {
		const struct ten_updates *run = &contrast->runs[i];
		unsigned again = 0;
		double longest_ms;

		for (int n = 0; n < TEN_UPDATES; n++)
			again += run->updates[n].again_ns >= 0;
		(void)count_waiting(run, &longest_ms);
		step_draw(tour, "  %s%5zu%12u%12.0f%12zu%12zu", way_name(tour, i, text),
			  run->received, again, longest_ms, run->datagrams, run->bytes);
	}
	step_end(tour);
}

/* The newest update on the server's screen, moment by moment. */
static void screens(struct tour *tour, const struct contrast *contrast)
{
	const struct ten_updates *runs[WIRE_MODE_COUNT];
	int from, to;

	step_begin(tour, "screens");
	for (int i = 0; i < WIRE_MODE_COUNT; i++)
		runs[i] = &contrast->runs[i];
	ten_updates_draw_newest(tour, runs, WIRE_MODE_COUNT);
	step_word(tour, "short", "%.0f", ten_updates_freeze_ms(runs[0], &from, &to));
	step_word(tour, "long", "%.0f", ten_updates_freeze_ms(runs[2], &from, &to));
	step_word(tour, "from", "%d", from);
	step_word(tour, "to", "%d", to);
	if (ten_updates_freeze_ms(runs[0], &from, &to) >=
	    ten_updates_freeze_ms(runs[2], &from, &to))
		step_variant(tour, "other");
	step_end(tour);
}

/* Draws the rows of a step's list, as far as it has any. */
static void draw_list(struct tour *tour)
{
	char text[LANGUAGE_TEXT_BYTES], suffix[16];

	for (int row = 0; row < LIST_ROWS_MAX; row++) {
		snprintf(suffix, sizeof(suffix), ".%d", row);
		if (*page_text(tour, suffix, text) != '\0')
			step_draw(tour, "  %s", text);
	}
}

/* An event is sent on its own channel, beside the updates. */
static void channels(struct tour *tour)
{
	struct call call;

	step_begin(tour, "channels");
	step_word(tour, "control", "%d", WIRE_CHANNEL_CONTROL);
	step_word(tour, "states", "%d", WIRE_CHANNEL_STATE);
	step_word(tour, "events", "%d", WIRE_CHANNEL_EVENT);
	step_word(tour, "fast", "%d", WIRE_CHANNEL_EVENT_FAST);
	draw_list(tour);
	(void)step_call(tour, PICTURE_CLIENT_A,
			enet_party_send(WIRE_CHANNEL_EVENT, WIRE_RELIABLE, "tag! you are it", 15));
	call = step_call(tour, PICTURE_SERVER, enet_party_receive(EVENT_MS));
	if (call.value != 1 + HOST_MESSAGE)
		step_variant(tour, "missing");
	await_answer(tour);
	step_end(tour);
}

static void says_goodbye(struct tour *tour, struct contrast *contrast)
{
	struct call begin, end;

	step_begin(tour, "goodbye");
	/* Earlier datagrams are no part of it. */
	if (!tour->is_over)
		(void)bad_link_look(&contrast->link, &contrast->log);
	begin = step_call(tour, PICTURE_CLIENT_A, enet_party_disconnect());
	end = step_call(tour, PICTURE_SERVER, enet_party_receive(EVENT_MS));
	(void)step_call(tour, PICTURE_CLIENT_A, enet_party_receive(EVENT_MS));
	if (!tour->is_over && bad_link_look(&contrast->link, &contrast->log))
		draw_log(tour, &contrast->log);
	(void)step_call(tour, PICTURE_CLIENT_A, enet_party_close());
	(void)step_call(tour, PICTURE_SERVER, enet_party_close());
	step_word(tour, "ms", "%.0f", (double)(end.end_ns - begin.begin_ns) / NS_PER_MS);
	if (end.value != 1 + HOST_DISCONNECTED)
		step_variant(tour, "missing");
	step_end(tour);
}

static void what_next(struct tour *tour)
{
	step_begin(tour, "next");
	draw_list(tour);
	step_end(tour);
}

bool chapters_enet(struct tour *tour)
{
	static struct contrast contrast;
	bool is_whole;

	contrast = (struct contrast){ 0 };
	is_whole = connects(tour, &contrast) && three_ways(tour, &contrast);
	if (is_whole) {
		for (int way = 0; way < WIRE_MODE_COUNT; way++)
			ten(tour, &contrast, way);
		cost(tour, &contrast);
		screens(tour, &contrast);
		channels(tour);
		says_goodbye(tour, &contrast);
		what_next(tour);
	}
	actor_stop(&contrast.link);
	return is_whole;
}
