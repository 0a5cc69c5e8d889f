#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#include "proto/net/link/impaired_net.h"
#include "proto/net/endpoint.h"
#include "proto/net/net.h"
#include "proto/net/resolve.h"
#include "proto/net/udp/udp.h"
#include "proto/cli/output.h"
#include "proto/wire/text.h"
#include "proto/cli/version.h"
#include "relay/config.h"
#include "relay/control/control.h"
#include "relay/log/console.h"
#include "relay/log/log.h"
#include "relay/privileges.h"
#include "relay/reload.h"
#include "relay/sandbox.h"
#include "relay/server.h"
#include "relay/status/report.h"
#include "relay/status/status.h"

static volatile sig_atomic_t stop_signal, is_report_wanted, is_reload_wanted;

static void note_stop(int signal)
{
	stop_signal = signal;
}

static void note_report(int signal)
{
	(void)signal;
	is_report_wanted = 1;
}

static void note_reload(int signal)
{
	(void)signal;
	is_reload_wanted = 1;
}

/* The signals come only while the server sleeps, so none can slip in between a look and the sleep.
 */
static void catch_signals(void)
{
	struct sigaction stop = { .sa_handler = note_stop };
	struct sigaction again = { .sa_handler = note_reload };
	struct sigaction report = { .sa_handler = note_report };
	sigset_t caught, before;

	sigemptyset(&caught);
	sigaddset(&caught, SIGINT);
	sigaddset(&caught, SIGTERM);
	sigaddset(&caught, SIGUSR1);
	sigaddset(&caught, SIGHUP);
	sigprocmask(SIG_BLOCK, &caught, &before);
	udp_set_wait_mask(&before);
	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGTERM, &stop, NULL);
	sigaction(SIGUSR1, &report, NULL);
	sigaction(SIGHUP, &again, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static void announce_link(const char *direction, const struct link_model_spec *spec)
{
	char text[LINK_MODEL_TEXT_MAX_BYTES + 1];

	link_model_describe(spec, text);
	log_info("the link %s the clients is impaired: %.900s", direction, text);
}

/* Call it before any socket is opened. False: no memory. */
static bool impair(const struct config *config, struct impaired_net **impaired)
{
	*impaired = NULL;
	if (link_model_is_perfect(&config->impair_in) && link_model_is_perfect(&config->impair_out))
		return true;
	*impaired = impaired_net_create(udp_net(), &config->impair_in, &config->impair_out,
					config->seed);
	if (!*impaired)
		return false;
	net_use(impaired_net_as_net(*impaired));
	announce_link("from", &config->impair_in);
	announce_link("to", &config->impair_out);
	return true;
}

static void announce(const struct server *server)
{
	const struct net_address address = server_address(server);
	char host[NET_TEXT_BYTES], endpoint[ENDPOINT_TEXT_BYTES];

	net_host_text(&address, host);
	endpoint_format(endpoint, host, address.port);
	log_info("version %s, protocol %d, listens on UDP %s%s", VERSION_TEXT, WIRE_VERSION,
		 endpoint, address.host == NET_HOST_ANY ? " (IPv6 and IPv4)" : "");
	if (!net_host_is_loopback(&address))
		log_info("other machines may reach this port, which has no encryption and no "
			 "authentication: who sees the traffic can read it, and end or forge a "
			 "session");
	if (server->config->json) {
		FILE *out = console_begin_report();

		if (!out)
			return;
		fprintf(out, "{\"listening\":{\"host\":\"%s\",\"port\":%u}}\n", host, address.port);
		console_end_report(true);
	}
}

static void report(const struct server *server, struct impaired_net *impaired,
		   const struct status *status)
{
	struct counts counts;
	const struct report report = { .uptime_ns = net_now_ns() - server->begun_ns,
				       .relay = &server->relay,
				       .counts = &counts };
	FILE *out = console_begin_report();

	if (!out)
		return;
	server_count(server, impaired, &counts);
	status_count(status, &counts);
	console_end_report(report_print(out, server->config->json, &report));
}

static int64_t earlier(int64_t one_ns, int64_t other_ns)
{
	return one_ns < other_ns ? one_ns : other_ns;
}

/* How main was called, and what follows. */
struct given {
	int argc;
	char **argv;
	struct config config;
	struct privileges_user user;           /* with --user */
	char files_error[SANDBOX_ERROR_BYTES]; /* of sandbox_hold_files; "": none */
	struct status *status;                 /* with --http */
};

/* The port may be any free one. */
static void announce_http(const struct given *given)
{
	char at[ENDPOINT_TEXT_BYTES];
	FILE *out;

	if (!given->status)
		return;
	status_at(given->status, at);
	log_info("tells how it is at http://%s/, to all %s", at,
		 *given->config.http_token_file ? "who bring the token" : "on this machine");
	out = given->config.json ? console_begin_report() : NULL;
	if (!out)
		return;
	fprintf(out, "{\"http\":{\"port\":%u}}\n", status_port(given->status));
	console_end_report(true);
}

static void run(struct server *server, struct control *control, struct impaired_net *impaired,
		struct given *given)
{
	for (;;) {
		int64_t until_ns = server_turn(server, net_now_ns());

		if (server_has_stopped(server, net_now_ns()))
			return;
		if (stop_signal && !server->is_stopping) {
			log_info("stops on %s: says goodbye to %zu %s", strsignal((int)stop_signal),
				 server->relay.member_count,
				 text_plural(server->relay.member_count, "member", "members"));
			server_stop(server, net_now_ns());
			continue;
		}
		if (is_report_wanted) {
			is_report_wanted = 0;
			report(server, impaired, given->status);
		}
		if (is_reload_wanted) {
			is_reload_wanted = 0;
			if (given->config.file || !control->file)
				reload(&given->config, server, given->argc, given->argv);
			control_reload(control);
		}
		console_check();
		until_ns = earlier(until_ns, log_run_timer(net_now_ns()));
		until_ns = earlier(until_ns, control_turn(control, net_now_ns()));
		until_ns = earlier(until_ns,
				   status_turn(given->status, server, impaired, net_now_ns()));
		if (server->is_stopping)
			until_ns = earlier(until_ns, server->stop_by_ns);
		server_wait(server, until_ns);
	}
}

static bool drop_privileges(const struct given *given)
{
	char error[PRIVILEGES_ERROR_BYTES];

	if (!*given->config.user)
		return true;
	if (!privileges_drop(&given->user, error)) {
		log_error("%s", error);
		return false;
	}
	log_info("goes on as user \"%.100s\"", text_shown(given->user.name).text);
	return true;
}

static void hold_files(struct given *given)
{
	const struct config *config = &given->config;
	const struct sandbox_files files = { .read = config->file,
					     .written = *config->bans ? config->bans : NULL,
					     .removed = *config->control ? config->control : NULL };

	if (!config->no_sandbox && (files.read || files.written || files.removed))
		sandbox_hold_files(&files, given->files_error);
}

static void enter_sandbox(const struct given *given, const struct control *control)
{
	const struct config *config = &given->config;
	const struct sandbox_needs needs = {
		.reads_files = config->file || control->file,
		.accepts = control->has_socket || given->status,
		.serves_http = given->status,
		.removes_in = control->has_socket ? control->socket.folder : -1,
		.writes_in =
			control->has_socket && control->file ? bans_file_folder(control->file) : -1,
	};
	char error[SANDBOX_ERROR_BYTES];

	if (*given->files_error)
		log_info("may open any file that its user may open, as the kernel does not keep it "
			 "to a folder: %s",
			 given->files_error);
	if (!config->no_sandbox && sandbox_enter(&needs, error) == SANDBOX_REFUSED)
		log_warning("runs without a sandbox, as the kernel does not allow one: %s; "
			    "--no-sandbox leaves it out",
			    error);
}

/* Opens the rest, gives up all rights that are not needed, and runs. Returns the exit status. */
static int serve_with(struct server *server, struct impaired_net *impaired, struct given *given)
{
	const struct privileges_user *owner = *given->config.user ? &given->user : NULL;
	char error[CONTROL_ERROR_BYTES];
	struct control control;

	_Static_assert((int)CONTROL_ERROR_BYTES >= (int)WEB_ERROR_BYTES, "a sentence fits");

	if (!control_open(&control, server, owner, error)) {
		log_error("%s", error);
		return 1;
	}
	/* From here on nothing is needed but what is open. */
	if (!drop_privileges(given)) {
		control_close(&control);
		return 1;
	}
	if (!control_check(&control, error)) {
		log_error("%s", error);
		control_close(&control);
		return 1;
	}
	if (!status_start(given->status, error)) {
		log_error("%s", error);
		control_close(&control);
		return 1;
	}
	enter_sandbox(given, &control);
	announce(server);
	announce_http(given);
	run(server, &control, impaired, given);
	log_sum_up();
	log_info("stopped; what was counted goes to the standard output");
	report(server, impaired, given->status);
	control_close(&control);
	return 0;
}

/* Runs the server from start to end. Returns the exit status. */
static int serve(struct given *given)
{
	char error[SERVER_ERROR_BYTES];
	struct impaired_net *impaired;
	struct server server;
	int status;

	if (!impair(&given->config, &impaired)) {
		log_error("no memory for an impaired link; free some, or go without --impair-in "
			  "and --impair-out");
		return 1;
	}
	if (server_init(&server, &given->config, error) != 0) {
		log_error("%s", error);
		return 1;
	}
	status = serve_with(&server, impaired, given);
	server_fini(&server);
	net_use(NULL);
	impaired_net_destroy(impaired);
	return status;
}

static bool find_user(struct given *given, char error[CONFIG_ERROR_BYTES])
{
	return !*given->config.user || privileges_find(&given->user, given->config.user, error);
}

int main(int argc, char **argv)
{
	struct given given = { .argc = argc, .argv = argv };
	char error[CONFIG_ERROR_BYTES];
	enum config_outcome outcome;
	int status;

	output_init();
	outcome = config_parse(&given.config, argc, argv, error);
	if (outcome == CONFIG_DONE)
		return output_finish("starlingd", 0);
	if ((outcome == CONFIG_CHECK || outcome == CONFIG_RUN) &&
	    (!status_check(&given.config, error) || !server_check(&given.config, error)))
		outcome = CONFIG_BAD;
	if (outcome == CONFIG_CHECK && find_user(&given, error)) {
		puts("ok");
		return output_finish("starlingd", 0);
	}
	if (outcome != CONFIG_RUN) {
		fprintf(stderr, "starlingd: %s\n", error);
		return 2;
	}
	if (!find_user(&given, error)) {
		fprintf(stderr, "starlingd: %s\n", error);
		return 1;
	}
	log_open((enum log_level)given.config.verbose);
	catch_signals();
	/* Otherwise Linux lengthens each sleep, to wake several threads at once. */
	prctl(PR_SET_TIMERSLACK, 1UL);
	/* Opens files that are not held below. */
	if (!status_open(&given.status, &given.config, error)) {
		fprintf(stderr, "starlingd: %s\n", error);
		return 1;
	}
	hold_files(&given);
	if (!console_open()) {
		fprintf(stderr, "starlingd: no memory for its log; free some\n");
		return 1;
	}
	status = serve(&given);
	status_close(given.status);
	return console_close() ? status : 1;
}
