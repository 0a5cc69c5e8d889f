#include "client/tour/chapters/ten_updates.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client/tour/chapters/enet_party.h"
#include "client/tour/page/fold.h"
#include "client/tour/step.h"

enum {
	QUIET_MS = 300,     /* without a message: no unreliable one comes any more */
	PATIENCE_MS = 2000, /* ENet has sent a lost one again well before */
	NS_PER_MS = 1000000,
	LABEL_COLUMNS = 16,
	CELL_COLUMNS = 6,
	NEWEST_CELL_COLUMNS = 4,
	NEWEST_CELLS = 15,
};

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void sleep_until(int64_t until_ns)
{
	int64_t left_ns = until_ns - now_ns();

	if (left_ns > 0)
		poll(NULL, 0, (int)(left_ns / NS_PER_MS) + 1);
}

int ten_updates_number(const struct call *call)
{
	char text[16] = "";
	int number = 0;

	if (call->size < sizeof(text))
		memcpy(text, call->data, call->size);
	if (sscanf(text, "update %9d", &number) != 1 || number < 1 || number > TEN_UPDATES)
		return 0;
	return number;
}

static void send_all(struct tour *tour, struct ten_updates *run, int64_t begin_ns)
{
	for (int n = 1; n <= TEN_UPDATES && !tour->is_over; n++) {
		struct ten_updates_one *update = &run->updates[n - 1];
		char text[32];

		sleep_until(begin_ns + (int64_t)(n - 1) * TEN_UPDATES_EVERY_MS * NS_PER_MS);
		snprintf(text, sizeof(text), "update %d", n);
		update->send = step_call_unseen(
			tour, PICTURE_CLIENT_A,
			enet_party_send(WIRE_CHANNEL_STATE, run->mode, text, strlen(text)));
		update->sent_ns = update->send.begin_ns - begin_ns;
	}
}

static void receive_all(struct tour *tour, struct ten_updates *run, int64_t begin_ns)
{
	unsigned limit_ms = run->mode == WIRE_RELIABLE ? PATIENCE_MS : QUIET_MS;

	while (run->received < TEN_UPDATES && !tour->is_over) {
		struct call call =
			step_call_unseen(tour, PICTURE_SERVER, enet_party_receive(limit_ms));
		int number = ten_updates_number(&call);

		if (call.value == 0)
			return;
		if (number == 0)
			continue;
		run->updates[number - 1].shown_ns = call.end_ns - begin_ns;
		run->updates[number - 1].receive = call;
		run->receives[run->received++] = call;
	}
}

/* Takes over a datagram that the link saw, for one of the updates in it. */
static void read_seen(struct ten_updates_one *update, const struct bad_link_seen *seen,
		      int64_t begin_ns)
{
	if ((update->is_lost || update->handed_ns >= 0) && update->again_ns < 0)
		update->again_ns = seen->ns - begin_ns;
	update->is_lost |= seen->is_lost;
	update->is_late |= seen->is_late;
	if (seen->handed_ns != 0 && update->handed_ns < 0)
		update->handed_ns = seen->handed_ns - begin_ns;
}

static void read_log(struct ten_updates *run, const struct bad_link_log *log, int64_t begin_ns)
{
	for (size_t i = 0; i < log->count; i++) {
		const struct bad_link_seen *seen = &log->seen[i];

		if (!seen->is_on_channel)
			continue;
		run->datagrams++;
		run->bytes += seen->size;
		for (int n = 1; n <= TEN_UPDATES; n++) {
			if (seen->updates >> n & 1)
				read_seen(&run->updates[n - 1], seen, begin_ns);
		}
	}
}

void ten_updates_run(struct tour *tour, const struct actor *link, enum wire_mode mode,
		     struct ten_updates *run)
{
	static struct bad_link_log log;
	int64_t begin_ns;

	*run = (struct ten_updates){ .mode = mode };
	for (int i = 0; i < TEN_UPDATES; i++)
		run->updates[i].handed_ns = run->updates[i].shown_ns = run->updates[i].again_ns =
			-1;
	/* Earlier datagrams are no part of the run. */
	if (tour->is_over || !bad_link_look(link, &log))
		return;
	begin_ns = now_ns();
	send_all(tour, run, begin_ns);
	receive_all(tour, run, begin_ns);
	run->has_log = bad_link_look(link, &log);
	if (run->has_log)
		read_log(run, &log, begin_ns);
}

double ten_updates_waited_ms(const struct ten_updates_one *update)
{
	if (update->shown_ns < 0 || update->handed_ns < 0)
		return 0;
	return (double)(update->shown_ns - update->handed_ns) / NS_PER_MS;
}

int ten_updates_newest(const struct ten_updates *run, int64_t ns)
{
	int newest = 0;

	for (int i = 0; i < TEN_UPDATES; i++) {
		if (run->updates[i].shown_ns >= 0 && run->updates[i].shown_ns <= ns)
			newest = i + 1;
	}
	return newest;
}

double ten_updates_freeze_ms(const struct ten_updates *run, int *from, int *to)
{
	int64_t since_ns = -1, longest_ns = 0;
	int newest = 0;

	*from = *to = 0;
	for (size_t i = 0; i < run->received; i++) {
		int number = ten_updates_number(&run->receives[i]);
		int64_t ns = run->updates[number - 1].shown_ns;

		if (number < newest)
			continue;
		/* Those that came in one moment are one step. */
		if (since_ns >= 0 && ns - since_ns > longest_ns) {
			longest_ns = ns - since_ns;
			*from = newest;
			*to = ten_updates_newest(run, ns + NS_PER_MS);
		}
		newest = number;
		since_ns = ns;
	}
	return (double)longest_ns / NS_PER_MS;
}

/* Begins a line of a table with a text of the chapter. */
static FILE *begin_line(const struct tour *tour, const char *name, char **line, size_t *size)
{
	char key[32], text[LANGUAGE_TEXT_BYTES];
	FILE *out = open_memstream(line, size);

	if (!out)
		return NULL;
	snprintf(key, sizeof(key), "%d.row.%s", tour->chapter, name);
	fputs(" ", out);
	fold_pad(out, language_text(tour->language, key, text) ? text : "", LABEL_COLUMNS - 1);
	return out;
}

static void end_line(struct tour *tour, FILE *out, char **line)
{
	fclose(out);
	step_draw(tour, "%s", *line);
	free(*line);
	*line = NULL;
}

/* The cells of one row for an update; `text` is empty where there is nothing to say. */
typedef void cell_of(const struct ten_updates *run, int n, char text[static 16]);

static void number_cell(const struct ten_updates *run, int n, char text[static 16])
{
	(void)run;
	snprintf(text, 16, "%d", n);
}

static void write_ms(int64_t ns, char text[static 16])
{
	if (ns >= 0)
		snprintf(text, 16, "%.0f", (double)ns / NS_PER_MS);
	else
		snprintf(text, 16, "-");
}

static void sent_cell(const struct ten_updates *run, int n, char text[static 16])
{
	write_ms(run->updates[n - 1].sent_ns, text);
}

static void link_cell(const struct ten_updates *run, int n, char text[static 16])
{
	const struct ten_updates_one *update = &run->updates[n - 1];

	snprintf(text, 16, "%s", update->is_lost ? "lost" : update->is_late ? "late" : "|");
}

static void again_cell(const struct ten_updates *run, int n, char text[static 16])
{
	write_ms(run->updates[n - 1].again_ns, text);
}

static void shown_cell(const struct ten_updates *run, int n, char text[static 16])
{
	write_ms(run->updates[n - 1].shown_ns, text);
}

static void waited_cell(const struct ten_updates *run, int n, char text[static 16])
{
	if (run->updates[n - 1].shown_ns >= 0)
		snprintf(text, 16, "%.0f", ten_updates_waited_ms(&run->updates[n - 1]));
	else
		snprintf(text, 16, "-");
}

/* A cell's text, in the language where it is a word. */
static void print_cell(const struct tour *tour, const char *text, FILE *out)
{
	char key[32], translated[LANGUAGE_TEXT_BYTES];

	snprintf(key, sizeof(key), "%d.cell.%s", tour->chapter, text);
	if (language_text(tour->language, key, translated))
		text = translated;
	fprintf(out, "%*s%s", CELL_COLUMNS - (int)fold_columns(text), "", text);
}

void ten_updates_draw(struct tour *tour, const struct ten_updates *run)
{
	static const struct {
		const char *name;
		cell_of *cell;
	} rows[] = {
		{ "update", number_cell }, { "sent", sent_cell },   { "link", link_cell },
		{ "again", again_cell },   { "shown", shown_cell }, { "waited", waited_cell },
	};

	for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
		char *line = NULL;
		size_t size;
		FILE *out = begin_line(tour, rows[row].name, &line, &size);

		for (int n = 1; out && n <= TEN_UPDATES; n++) {
			char text[16] = "";

			rows[row].cell(run, n, text);
			print_cell(tour, text, out);
		}
		if (out)
			end_line(tour, out, &line);
	}
}

void ten_updates_draw_newest(struct tour *tour, const struct ten_updates *const *runs, size_t count)
{
	static const char *const names[WIRE_MODE_COUNT] = { "unsequenced", "sequenced",
							    "reliable" };

	for (size_t row = 0; row <= count; row++) {
		char *line = NULL;
		size_t size;
		FILE *out = begin_line(tour, row == 0 ? "time" : names[runs[row - 1]->mode], &line,
				       &size);

		for (int cell = 1; out && cell <= NEWEST_CELLS; cell++) {
			int ms = cell * TEN_UPDATES_EVERY_MS;
			int newest = row == 0 ? ms
					      : ten_updates_newest(runs[row - 1],
								   (int64_t)ms * NS_PER_MS);

			if (newest > 0)
				fprintf(out, "%*d", NEWEST_CELL_COLUMNS, newest);
			else
				fprintf(out, "%*s", NEWEST_CELL_COLUMNS, ".");
		}
		if (out)
			end_line(tour, out, &line);
	}
}
