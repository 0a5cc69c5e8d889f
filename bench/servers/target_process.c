/* Servers as processes: started, watched, asked what they counted, ended. */
#include "bench/servers/target.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "proto/cli/child.h"
#include "bench/servers/target_internal.h"
#include "proto/wire/text.h"

enum {
	LISTEN_PATIENCE_MS = 5000,
	STOP_PATIENCE_MS = 2000,
	STEP_MS = 5,
	LINE_BYTES = 256,
	REPORT_BYTES = 16384,
};

static void pause_step(void)
{
	const struct timespec step = { 0, STEP_MS * 1000000L };

	nanosleep(&step, NULL);
}

/* Starting. */

static void run_child(const char *path, char *const *words, int out, int cpu, int network,
		      pid_t parent)
{
	sigset_t none;

	child_begin(parent, cpu);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (network >= 0 && setns(network, CLONE_NEWNET) < 0)
		_exit(1);
	if (out >= 0) {
		dup2(out, STDOUT_FILENO);
	} else {
		/* Other people's servers tell their log to nobody. */
		const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);

		dup2(nowhere, STDOUT_FILENO);
		dup2(nowhere, STDERR_FILENO);
	}
	execv(path, words);
	fprintf(stderr, "cannot run %s: %s\n", text_shown(path).text, strerror(errno));
	_exit(127);
}

/* Reads the first line, in which the relay says its port. */
static bool read_port(struct target_process *relay)
{
	char line[LINE_BYTES] = "";
	size_t size = 0;
	struct pollfd pollfd = { .fd = relay->out, .events = POLLIN };
	const char *port;

	while (size < sizeof(line) - 1 && !strchr(line, '\n')) {
		ssize_t got;

		if (poll(&pollfd, 1, LISTEN_PATIENCE_MS) <= 0)
			return false;
		got = read(relay->out, line + size, 1);
		if (got <= 0)
			return false;
		size += (size_t)got;
		line[size] = '\0';
	}
	port = strstr(line, "\"port\":");
	relay->port = port ? (uint16_t)strtoul(port + 7, NULL, 10) : 0;
	return relay->port != 0;
}

/* A port that was free a moment ago. 0: none. */
static uint16_t free_port(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	uint16_t port = 0;

	if (fd >= 0 && bind(fd, (struct sockaddr *)&address, size) == 0 &&
	    getsockname(fd, (struct sockaddr *)&address, &size) == 0)
		port = ntohs(address.sin_port);
	if (fd >= 0)
		close(fd);
	return port;
}

static bool answers(uint16_t port)
{
	const struct sockaddr_in address = { .sin_family = AF_INET,
					     .sin_port = htons(port),
					     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	const bool is_open =
		fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0;

	if (fd >= 0)
		close(fd);
	return is_open;
}

static bool await_answer(const struct target_process *relay)
{
	char how[TARGET_LABEL_BYTES];

	for (int waited_ms = 0; waited_ms < LISTEN_PATIENCE_MS; waited_ms += STEP_MS) {
		if (answers(relay->port))
			return true;
		if (target_has_ended(relay, how))
			return false;
		pause_step();
	}
	return false;
}

/* Other people's servers need a port and a folder. */
static int make_scratch(struct target_process *relay)
{
	const char *folder = getenv("TMPDIR");

	relay->port = free_port();
	snprintf(relay->scratch, sizeof(relay->scratch), "%.30s/starling-bench-XXXXXX",
		 folder && strlen(folder) < 30 ? folder : "/tmp");
	if (!mkdtemp(relay->scratch)) {
		relay->scratch[0] = '\0';
		return -errno;
	}
	return target_write_config(relay->scratch, relay->port);
}

static int start_process(struct target_process *relay, const char *path, char *const *words,
			 bool has_voice, int cpu, int network)
{
	const pid_t self = getpid();
	int out[2] = { -1, -1 };

	if (has_voice && pipe2(out, O_CLOEXEC) < 0)
		return -errno;
	relay->pid = fork();
	if (relay->pid == 0)
		run_child(path, words, out[1], cpu, network, self);
	if (out[1] >= 0)
		close(out[1]);
	relay->out = out[0];
	if (relay->pid > 0)
		return 0;
	relay->pid = 0;
	return -errno;
}

/* Starts the program and waits until it takes members. 0, or -1 with a sentence in `error`. */
static int start_and_await(struct target_process *relay, const char *path, char *const *words,
			   bool has_voice, int cpu, int network,
			   char error[static TARGET_ERROR_BYTES])
{
	const int result = start_process(relay, path, words, has_voice, cpu, network);

	if (result == 0 && (has_voice ? read_port(relay) : await_answer(relay)))
		return 0;
	if (result < 0)
		snprintf(error, TARGET_ERROR_BYTES, "cannot start %s: %s", text_shown(path).text,
			 strerror(-result));
	else
		snprintf(error, TARGET_ERROR_BYTES, "%s did not %s within %d s",
			 text_shown(path).text, has_voice ? "say its port" : "answer",
			 LISTEN_PATIENCE_MS / 1000);
	target_stop(relay, NULL);
	return -1;
}

int target_start(struct target_process *relay, const struct target *server, const char *folder,
		 const struct generator_config *load, unsigned limit_s, int cpu,
		 char error[static TARGET_ERROR_BYTES])
{
	const bool is_broker = target_is_broker(server);
	struct target_command command;
	int result;

	*relay = (struct target_process){ .out = -1 };
	if (!target_is_there(server, folder, error))
		return -1;
	if (is_broker && (result = make_scratch(relay)) < 0) {
		snprintf(error, TARGET_ERROR_BYTES, "cannot configure %s: %s", server->label,
			 strerror(-result));
		target_stop(relay, NULL);
		return -1;
	}
	target_command(&command, server, folder, load, limit_s, relay->port, relay->scratch);
	return start_and_await(relay, command.path, command.words, !is_broker, cpu, -1, error);
}

int target_launch(struct target_process *relay, const char *path, char *const *words, int cpu,
		  int network, char error[static TARGET_ERROR_BYTES])
{
	*relay = (struct target_process){ .out = -1 };
	if (access(path, X_OK) == 0)
		return start_and_await(relay, path, words, true, cpu, network, error);
	snprintf(error, TARGET_ERROR_BYTES,
		 "%s: %s; `make` builds it, --programs says where it is, and --modes leaves it out",
		 text_shown(path).text, strerror(errno));
	return -1;
}

/* Watching. */

bool target_has_ended(const struct target_process *relay, char how[static TARGET_LABEL_BYTES])
{
	siginfo_t info = { 0 };

	if (relay->pid <= 0 ||
	    waitid(P_PID, (id_t)relay->pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 ||
	    info.si_pid == 0)
		return false;
	snprintf(how, TARGET_LABEL_BYTES, info.si_code == CLD_EXITED ? "status %d" : "signal %d",
		 info.si_status);
	return true;
}

uint64_t target_peak_bytes(const struct target_process *relay)
{
	char path[64], line[128];
	unsigned long long kib = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)relay->pid);
	file = fopen(path, "re");
	if (!file)
		return 0;
	while (fgets(line, sizeof(line), file))
		if (strncmp(line, "VmHWM:", 6) == 0)
			kib = strtoull(line + 6, NULL, 10);
	fclose(file);
	return kib * 1024;
}

/* The report. */

static double figure(const cJSON *object, const char *name)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

	return cJSON_IsNumber(item) ? item->valuedouble : NAN;
}

static double at_least_0(double value)
{
	return isfinite(value) ? value : 0;
}

static struct target_report read_report(const cJSON *document)
{
	const cJSON *network = cJSON_GetObjectItemCaseSensitive(document, "network");
	const cJSON *deliveries = cJSON_GetObjectItemCaseSensitive(document, "deliveries");
	const cJSON *allocations = cJSON_GetObjectItemCaseSensitive(document, "allocations");

	return (struct target_report){
		.datagrams = figure(network, "datagrams_in") + figure(network, "datagrams_out"),
		/* Only some count their waits. */
		.calls = figure(network, "calls_in") + figure(network, "calls_out") +
			 at_least_0(figure(network, "calls_wait")),
		.deliveries = figure(deliveries, "delivered"),
		.allocations = figure(allocations, "system"),
	};
}

struct target_report target_read_report(const char *text)
{
	struct target_report report = { NAN, NAN, NAN, NAN };

	for (const char *line = text; *line != '\0';) {
		const size_t size = strcspn(line, "\n");
		cJSON *document = cJSON_ParseWithLength(line, size);

		if (cJSON_GetObjectItemCaseSensitive(document, "network"))
			report = read_report(document);
		cJSON_Delete(document);
		line += size + (line[size] == '\n');
	}
	return report;
}

/* Ending. */

/* Reads while it writes, so that a long report cannot block it; false when it has closed. */
static bool listen_for(const struct target_process *relay, char *text, size_t *size)
{
	struct pollfd pollfd = { .fd = relay->out, .events = POLLIN };
	ssize_t got;

	if (relay->out < 0 || poll(&pollfd, 1, STEP_MS) <= 0)
		return relay->out >= 0;
	got = read(relay->out, text + *size, REPORT_BYTES - 1 - *size);
	*size += got > 0 ? (size_t)got : 0;
	return got > 0 && *size < REPORT_BYTES - 1;
}

void target_stop(struct target_process *relay, struct target_report *report)
{
	char text[REPORT_BYTES] = "";
	size_t size = 0;
	bool is_open = true;

	if (relay->pid > 0) {
		kill(relay->pid, SIGTERM);
		for (int waited_ms = 0; waitpid(relay->pid, NULL, WNOHANG) == 0;
		     waited_ms += STEP_MS) {
			if (waited_ms >= STOP_PATIENCE_MS) {
				kill(relay->pid, SIGKILL);
				waitpid(relay->pid, NULL, 0);
				break;
			}
			is_open = is_open && listen_for(relay, text, &size);
			if (!is_open)
				pause_step();
		}
		/* The rest in the pipe; it is closed by now. */
		for (int i = 0; is_open && i < STOP_PATIENCE_MS / STEP_MS; i++)
			is_open = listen_for(relay, text, &size);
	}
	text[size] = '\0';
	if (report)
		*report = target_read_report(text);
	if (relay->pid > 0 && relay->out >= 0)
		close(relay->out);
	if (relay->scratch[0] != '\0')
		target_remove_config(relay->scratch);
	*relay = (struct target_process){ .out = -1 };
}
