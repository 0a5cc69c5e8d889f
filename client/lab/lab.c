#include "client/lab/lab.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/lab/lab_report.h"
#include "client/lab/lab_site.h"
#include "client/lab/lab_state.h"
#include "client/lab/stage.h"
#include "client/options.h"
#include "client/replay/trace_reader.h"
#include "client/sessions/loop.h"
#include "proto/cli/installed.h"
#include "proto/cli/output.h"
#include "proto/net/endpoint.h"
#include "proto/net/udp/udp_clock.h"

enum {
	BIRDS_DEFAULT = 12,
	SAMPLE_MS = 20,
	READY_S = 20, /* until all receivers are in the room */
};

#define RATE_DEFAULT_HZ 20.0
#define PAGE_DEFAULT    "127.0.0.1:7780"
#define PAGE_ANY        "127.0.0.1:0"
#define LINK_DEFAULT    "delay=40ms,jitter=5ms,loss=5%"
#define NS_PER_S        INT64_C(1000000000)
#define NS_PER_MS       INT64_C(1000000)

struct lab {
	struct options options;
	unsigned birds;
	double rate_hz, seconds;
	const char *trace_path, *http;
	bool has_no_page;
	struct link_model_spec link;
	char relay[INSTALLED_PATH_BYTES];

	struct trace trace;
	struct stage stage;
	struct loop loop;
	struct lab_state state;
	struct web *web; /* NULL: there is no page */
	struct lab_ages ages[LAB_WAYS];
	int64_t begun_ns;
	bool is_printed, has_failed;
};

static int read_options(struct lab *lab, int argc, char **argv)
{
	const struct option_row rows[] = {
		{ "birds", 0, "N", "birds of the flock (default 12)", &option_count, &lab->birds, 1,
		  LAB_BIRDS_MAX },
		{ "rate", 0, "HZ", "updates a second of each bird (default 20)", &option_number,
		  &lab->rate_hz, 1, 100 },
		{ "trace", 0, "FILE.csv", "publish recorded movement instead of a flock",
		  &option_text, &lab->trace_path, 0, 0 },
		{ "impair", 0, "TEXT",
		  "each receiver's link, each way (default " LINK_DEFAULT
		  "); see starling-bench(1)",
		  &option_impairment, &lab->link, 0, 0 },
		{ "http", 0, "HOST:PORT",
		  "where its page is, on this machine (default 127.0.0.1:7780)", &option_text,
		  &lab->http, 0, 0 },
		{ "no-page", 0, NULL, "have no page", &option_switch, &lab->has_no_page, 0, 1 },
		{ "seconds", 0, "S", "stop after S seconds (default: at Ctrl-C)", &option_number,
		  &lab->seconds, 1, 1e6 },
	};
	const struct options_spec spec = {
		.name = "lab",
		.summary = "See delivery modes and TCP side by side behind the same bad link",
		.rows = rows,
		.row_count = sizeof(rows) / sizeof(rows[0]),
		.lacks = OPTIONS_HOST | OPTIONS_PORT | OPTIONS_ROOM | OPTIONS_NAME | OPTIONS_MODE |
			 OPTIONS_VERBOSE | OPTIONS_PATIENCE | OPTIONS_IMPAIR,
		.epilogue = "It starts a relay of its own, a flock, and a receiver for each way, "
			    "in network namespaces of its own; all of them end with it.",
	};
	char error[LINK_MODEL_ERROR_BYTES], fault[ENDPOINT_ERROR_BYTES];
	struct endpoint endpoint;

	lab->birds = BIRDS_DEFAULT;
	lab->rate_hz = RATE_DEFAULT_HZ;
	(void)link_model_parse(&lab->link, LINK_DEFAULT, error);
	if (options_parse(&lab->options, &spec, argc, argv) < 0)
		return -1;
	if (lab->http && !endpoint_parse(&endpoint, lab->http, WEB_PORT, fault)) {
		fprintf(stderr, "starling lab: --http: %s\n", fault);
		lab->options.exit_status = 2;
		return -1;
	}
	return 0;
}

static bool fail(struct lab *lab, const char *why)
{
	fprintf(stderr, "starling lab: %s\n", why);
	lab->has_failed = true;
	return false;
}

static bool read_trace(struct lab *lab)
{
	char why[TRACE_ERROR_BYTES];

	if (!lab->trace_path)
		return true;
	if (trace_reader_open(&lab->trace, lab->trace_path, why) < 0)
		return fail(lab, why);
	lab->birds =
		lab->trace.id_count < LAB_BIRDS_MAX ? (unsigned)lab->trace.id_count : LAB_BIRDS_MAX;
	lab->rate_hz = 1 / lab->trace.ids[0].interval_s;
	if (lab->trace.id_count > LAB_BIRDS_MAX)
		fprintf(stderr, "starling lab: %s: the first %d of its %zu ids are shown\n",
			lab->trace_path, LAB_BIRDS_MAX, lab->trace.id_count);
	return true;
}

static bool start(struct lab *lab)
{
	const struct stage_config config = { .birds = lab->birds,
					     .rate_hz = lab->rate_hz,
					     .seed = lab->options.seed,
					     .link = &lab->link,
					     .trace = lab->trace_path ? &lab->trace : NULL,
					     .relay = lab->relay };
	char why[INSTALLED_PATH_BYTES + 128];
	int status;

	if (!installed_find("bin", "starlingd", X_OK, lab->relay)) {
		snprintf(why, sizeof(why), "cannot run %s: %s; it belongs beside this program",
			 lab->relay, strerror(errno));
		return fail(lab, why);
	}
	status = loop_init(&lab->loop, 0);
	if (status == 0)
		status = stage_start(&lab->stage, &config);
	lab->state.rate_hz = lab->rate_hz;
	lab->state.link = lab->link;
	lab->state.orders = lab->stage.orders;
	if (status == 0)
		return true;
	snprintf(why, sizeof(why), "cannot start: %s", strerror(-status));
	return fail(lab, why);
}

/* Records. */

static bool is_ready(const struct view *view)
{
	for (unsigned way = 0; way < LAB_WAYS; way++)
		if (!view->receivers[way].is_ready)
			return false;
	return true;
}

static void begin(struct lab *lab)
{
	pthread_mutex_lock(&lab->state.lock);
	lab->state.start_ns = udp_clock_ns();
	view_forget_longest(&lab->state.view);
	pthread_mutex_unlock(&lab->state.lock);
}

/* False: the lab cannot go on. */
static bool take_records(struct lab *lab)
{
	struct lab_record record;

	while (lab_record_take(lab->stage.records, &record)) {
		if (record.kind == LAB_BROKEN)
			return fail(lab, record.text);
		lab_state_take(&lab->state, &record);
	}
	if (lab->state.start_ns == 0 && is_ready(&lab->state.view))
		begin(lab);
	if (lab->state.start_ns == 0 && udp_clock_ns() > lab->begun_ns + READY_S * NS_PER_S)
		return fail(lab, "the receivers did not get into the room within 20 s: is the link "
				 "too bad to join through?");
	return true;
}

static void sample_way(struct lab_ages *ages, struct view *view, enum lab_way way, int64_t now_ns)
{
	double parts_ns[AGE_PARTS];
	int64_t age_ns;

	if (!view_age(view, way, now_ns, &age_ns) || !view_mean_parts(view, way, now_ns, parts_ns))
		return;
	ages->sum_ms += (double)age_ns / 1e6;
	for (unsigned part = 0; part < AGE_PARTS; part++)
		ages->parts_ms[part] += parts_ns[part] / 1e6;
	ages->count++;
}

static void sample(struct lab *lab)
{
	const int64_t now_ns = udp_clock_ns();

	if (lab->state.start_ns == 0)
		return;
	pthread_mutex_lock(&lab->state.lock);
	for (unsigned way = 0; way < LAB_WAYS; way++)
		sample_way(&lab->ages[way], &lab->state.view, (enum lab_way)way, now_ns);
	pthread_mutex_unlock(&lab->state.lock);
}

static double seconds_of(const struct lab *lab)
{
	const int64_t start_ns = lab->state.start_ns;

	return start_ns > 0 ? (double)(udp_clock_ns() - start_ns) / 1e9 : 0;
}

static void show(struct lab *lab)
{
	char link[LINK_MODEL_TEXT_MAX_BYTES + 1];
	struct lab_report report = { .view = &lab->state.view,
				     .link = link,
				     .seconds = seconds_of(lab),
				     .rate_hz = lab->rate_hz,
				     .now_ns = udp_clock_ns() };

	memcpy(report.ages, lab->ages, sizeof(report.ages));
	pthread_mutex_lock(&lab->state.lock);
	link_model_describe(&lab->state.link, link);
	if (!lab->options.json)
		lab_report_table(&report, lab->is_printed);
	else if (!lab_report_json(&report))
		(void)fail(lab, "no memory for a line");
	pthread_mutex_unlock(&lab->state.lock);
	memset(lab->ages, 0, sizeof(lab->ages));
	lab->is_printed = true;
}

/* Once a second; but a table in a pipe comes once, at the end. */
static void show_due(struct lab *lab, int64_t *due_ns)
{
	if (lab->state.start_ns == 0 || (!lab->options.json && !output_is_watched(STDOUT_FILENO)))
		return;
	if (*due_ns == 0)
		*due_ns = lab->state.start_ns + NS_PER_S;
	if (udp_clock_ns() < *due_ns)
		return;
	*due_ns += NS_PER_S;
	show(lab);
}

/* The page. */

/* Where nobody looks at it, nothing happens. */
static void open_browser(const char *address)
{
	const int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (fork() != 0) {
		close(nowhere);
		return;
	}
	dup2(nowhere, STDIN_FILENO);
	dup2(nowhere, STDOUT_FILENO);
	dup2(nowhere, STDERR_FILENO);
	execlp("xdg-open", "xdg-open", address, (char *)NULL);
	_exit(127);
}

/* If the usual port is taken and none was asked for, another one. */
static bool open_page(struct lab *lab)
{
	const char *place = lab->http ? lab->http : PAGE_DEFAULT;
	char error[WEB_ERROR_BYTES], address[ENDPOINT_TEXT_BYTES + 8];
	struct endpoint endpoint;
	int status = lab_site_open(&lab->web, place, &lab->state, error);

	if (status == -EADDRINUSE && !lab->http) {
		place = PAGE_ANY;
		status = lab_site_open(&lab->web, place, &lab->state, error);
	}
	if (status < 0)
		return fail(lab, error);
	(void)endpoint_parse(&endpoint, place, WEB_PORT, error);
	strcpy(address, "http://");
	endpoint_format(address + strlen(address), endpoint.host, web_port(lab->web));
	fprintf(stderr, "starling lab: its page is %s\n", address);
	if (isatty(STDOUT_FILENO) && (getenv("DISPLAY") || getenv("WAYLAND_DISPLAY")))
		open_browser(address);
	return true;
}

static bool is_over(const struct lab *lab)
{
	return loop_is_stopped() || (lab->seconds > 0 && seconds_of(lab) >= lab->seconds);
}

static void play(struct lab *lab)
{
	int64_t sample_ns = udp_clock_ns(), show_ns = 0;

	lab->begun_ns = sample_ns;
	while (!is_over(lab)) {
		(void)loop_wait(&lab->loop, NULL, NULL, 0, lab->stage.records, sample_ns);
		if (!take_records(lab))
			return;
		if (udp_clock_ns() < sample_ns)
			continue;
		sample_ns += SAMPLE_MS * NS_PER_MS;
		sample(lab);
		show_due(lab, &show_ns);
	}
	if (lab->state.start_ns > 0 && !lab->is_printed)
		show(lab);
}

int lab_run(int argc, char **argv)
{
	static struct lab lab; /* too large for a stack */

	if (read_options(&lab, argc, argv) < 0)
		return lab.options.exit_status;
	pthread_mutex_init(&lab.state.lock, NULL);
	/* Processes are forked before there is another thread. */
	if (read_trace(&lab) && start(&lab) && (lab.has_no_page || open_page(&lab)))
		play(&lab);
	web_close(lab.web);
	stage_stop(&lab.stage);
	loop_fini(&lab.loop);
	trace_fini(&lab.trace);
	return lab.has_failed ? 1 : 0;
}
