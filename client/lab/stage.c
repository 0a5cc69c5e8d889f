#include "client/lab/stage_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proto/cli/child.h"
#include "proto/net/netns/link_emulator.h"
#include "proto/net/netns/network.h"
#include "proto/net/netns/tunnel.h"

enum {
	STOP_PATIENCE_MS = 2000,
	CHILDREN_MAX = LAB_WAYS + 4,
};

/* The process that makes the networks and starts the others in them. */
struct builder {
	const struct stage_config *config;
	int records, orders;
	struct network networks[MEMBER_LINKS_WAYS];
	pid_t self, children[CHILDREN_MAX];
	size_t count;
};

void stage_break(int records, const char *format, ...)
{
	struct lab_record record = { .kind = LAB_BROKEN };
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(record.text, sizeof(record.text), format, arguments);
	va_end(arguments);
	lab_record_send(records, &record);
}

struct starling *stage_join(int records, const char *name, enum starling_mode down)
{
	struct starling_config config;
	struct starling_error error;
	struct starling *session = NULL;

	starling_default_config(&config);
	config.host = STAGE_RELAY_ADDRESS;
	config.port = STAGE_RELAY_PORT;
	config.room = "lab";
	config.name = name;
	config.down = down;
	if (starling_open(&session, &config, &error) != 0)
		stage_break(records, "%s", error.text);
	return session;
}

/* Whether this is the new process, which shares its parent's files. */
static bool forks(struct builder *builder)
{
	const pid_t pid = fork();

	if (pid == 0) {
		child_begin(builder->self, -1);
		return true;
	}
	if (pid < 0)
		stage_break(builder->records, "cannot start a process: %s", strerror(errno));
	else
		builder->children[builder->count++] = pid;
	return false;
}

static bool make_network(struct builder *builder, enum member_links_way way, uint32_t host,
			 size_t count)
{
	char error[NAMESPACES_ERROR_BYTES];
	const bool is_made = network_make(&builder->networks[way], host, count, error);

	if (!is_made)
		stage_break(builder->records, "%s", error);
	return is_made;
}

/* Its words go nowhere: the lab says what happens. */
static void run_relay(const struct builder *builder)
{
	const char *path = builder->config->relay;
	const int nowhere = open("/dev/null", O_RDWR);

	dup2(nowhere, STDIN_FILENO);
	dup2(nowhere, STDOUT_FILENO);
	dup2(nowhere, STDERR_FILENO);
	/* The ways alone are to differ, and not what the relay learns of each link. */
	execl(path, path, "--host", STAGE_RELAY_ADDRESS, "--port", "7777", "--budget-fixed",
	      "--quiet", (char *)NULL);
	stage_break(builder->records, "cannot run %s: %s", path, strerror(errno));
}

static void start_in_relays_network(struct builder *builder)
{
	if (forks(builder)) {
		run_relay(builder);
		_exit(1);
	}
	if (forks(builder)) {
		publisher_run(builder->config, builder->records);
		_exit(1);
	}
	if (forks(builder)) {
		stream_server_run(builder->records);
		_exit(1);
	}
}

static void start_receivers(struct builder *builder)
{
	if (forks(builder)) {
		const int tunnels[MEMBER_LINKS_WAYS] = { builder->networks[0].tunnel,
							 builder->networks[1].tunnel };

		link_run(builder->config, tunnels, builder->records, builder->orders);
		_exit(1);
	}
	for (unsigned way = 0; way < LAB_WAYS; way++)
		if (forks(builder)) {
			if (way == LAB_STREAM)
				stream_receiver_run(TUNNEL_MEMBER_HOSTS + way, builder->records);
			else
				receiver_run((enum lab_way)way, TUNNEL_MEMBER_HOSTS + way,
					     builder->records);
			_exit(1);
		}
}

/* Until it is told to stop, or one of them has ended, which none does by itself. */
static void watch(struct builder *builder, const sigset_t *stop)
{
	int signal = SIGCHLD;
	pid_t ended = waitpid(-1, NULL, WNOHANG);

	while (ended == 0 && signal == SIGCHLD) {
		sigwait(stop, &signal);
		ended = waitpid(-1, NULL, WNOHANG);
	}
	if (ended > 0 && signal == SIGCHLD)
		stage_break(builder->records, "one of the lab's processes has ended");
	for (size_t i = builder->count; i > 0; i--)
		if (builder->children[i - 1] != ended)
			child_end(builder->children[i - 1], SIGTERM, STOP_PATIENCE_MS);
}

static void build(const struct stage_config *config, int records, int orders)
{
	struct builder builder = {
		.config = config, .records = records, .orders = orders, .self = getpid()
	};
	sigset_t stop;

	sigemptyset(&stop);
	sigaddset(&stop, SIGTERM);
	sigaddset(&stop, SIGCHLD);
	if (!make_network(&builder, MEMBER_LINKS_DOWN, TUNNEL_RELAY_HOST, 1))
		return;
	start_in_relays_network(&builder);
	if (make_network(&builder, MEMBER_LINKS_UP, TUNNEL_MEMBER_HOSTS, LAB_WAYS))
		start_receivers(&builder);
	/* From here on, so that the children have the signals as they were. */
	sigprocmask(SIG_BLOCK, &stop, NULL);
	watch(&builder, &stop);
}

static _Noreturn void run_builder(const struct stage_config *config, pid_t parent, int records,
				  int orders)
{
	sigset_t none;

	child_begin(parent, -1);
	signal(SIGTERM, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	build(config, records, orders);
	_exit(0);
}

int stage_start(struct stage *stage, const struct stage_config *config)
{
	const pid_t self = getpid();
	int records[2], orders[2];
	int status = lab_record_open(records);

	if (status < 0)
		return status;
	status = lab_record_open(orders);
	if (status < 0) {
		close(records[0]);
		close(records[1]);
		return status;
	}
	*stage = (struct stage){ .pid = fork(), .records = records[0], .orders = orders[1] };
	if (stage->pid == 0)
		run_builder(config, self, records[1], orders[0]);
	status = stage->pid < 0 ? -errno : 0;
	close(records[1]);
	close(orders[0]);
	if (status == 0)
		return 0;
	close(stage->records);
	close(stage->orders);
	return status;
}

void stage_stop(struct stage *stage)
{
	if (stage->pid <= 0)
		return;
	child_end(stage->pid, SIGTERM, 2 * STOP_PATIENCE_MS);
	close(stage->records);
	close(stage->orders);
	*stage = (struct stage){ 0 };
}
