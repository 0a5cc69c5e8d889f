#include "bench/contender.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	LISTEN_PATIENCE_MS = 5000,
	STOP_PATIENCE_MS = 2000,
	STEP_MS = 5,
	WORDS_MAX = 24,
	TEXTS_MAX = 10,
	TEXT_BYTES = 24,
	LINE_BYTES = 256,
	RATE_SLACK = 4, /* times the members' rate that our relay is told to take */
};

/* The list. */

static const struct contender kinds[] = {
	{ "starling", "starlingd", GENERATOR_STARLING, 0, false },
	{ "naive", "baseline-naive_enet", GENERATOR_NAIVE_ENET, 0, false },
	{ "udp", "baseline-udp_fanout", GENERATOR_UDP, 0, false },
	{ "tcp", "baseline-tcp_relay", GENERATOR_TCP, 0, false },
	{ "nodelay", "baseline-tcp_relay", GENERATOR_TCP, 0, true },
};

enum {
	KINDS = sizeof(kinds) / sizeof(kinds[0]),
};

static void add(struct contender *out, const struct contender *kind, double tick_hz, bool has_tick)
{
	*out = *kind;
	out->tick_hz = tick_hz;
	if (has_tick && tick_hz < 0)
		snprintf(out->label, sizeof(out->label), "%.10s auto", kind->label);
	else if (has_tick && tick_hz > 0)
		snprintf(out->label, sizeof(out->label), "%.10s %.4g Hz", kind->label, tick_hz);
}

unsigned contender_list(struct contender out[static CONTENDER_MAX], const char *only,
			const double *ticks_hz, unsigned tick_count,
			char error[static CONTENDER_ERROR_BYTES])
{
	bool is_wanted[KINDS] = { false };
	unsigned count = 0;

	for (const char *word = only; word;
	     word = strchr(word, ',') ? strchr(word, ',') + 1 : NULL) {
		const size_t size = strcspn(word, ",");
		bool is_known = false;

		for (size_t i = 0; i < KINDS; i++) {
			if (strlen(kinds[i].label) != size || memcmp(kinds[i].label, word, size))
				continue;
			is_known = is_wanted[i] = true;
		}
		if (!is_known) {
			snprintf(error, CONTENDER_ERROR_BYTES,
				 "--only %.60s: must name some of " CONTENDER_NAMES
				 ", with commas between",
				 only);
			return 0;
		}
	}
	for (size_t i = 0; i < KINDS; i++) {
		const bool has_tick =
			kinds[i].kind == GENERATOR_STARLING || kinds[i].kind == GENERATOR_UDP;

		if (only && !is_wanted[i])
			continue;
		for (unsigned t = 0; t < (has_tick ? tick_count : 1); t++)
			/* The floor has no flush that sets its own time. */
			if (kinds[i].kind != GENERATOR_UDP || ticks_hz[t] >= 0)
				add(&out[count++], &kinds[i], has_tick ? ticks_hz[t] : 0, has_tick);
	}
	return count;
}

/* Processes. */

/* A command line whose numbers are kept beside it. */
struct command {
	char path[CONTENDER_PATH_BYTES];
	char texts[TEXTS_MAX][TEXT_BYTES];
	char *words[WORDS_MAX + 1];
	unsigned word_count, text_count;
};

static void add_word(struct command *command, const char *word)
{
	command->words[command->word_count++] = (char *)(uintptr_t)word; /* as execv wants it */
}

static void add_number(struct command *command, const char *flag, double value)
{
	char *text = command->texts[command->text_count++];

	snprintf(text, TEXT_BYTES, "%.9g", value);
	add_word(command, flag);
	add_word(command, text);
}

static void add_starling(struct command *command, const struct contender *contender,
			 unsigned members, double rate_hz)
{
	static const char *const words[] = { "--host", "127.0.0.1", "--port",
					     "0",      "--json",    "--quiet" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		add_word(command, words[i]);
	if (contender->tick_hz >= 0)
		add_number(command, "--tick", contender->tick_hz);
	add_number(command, "--clients", members + 1);
	add_number(command, "--per-address", members + 1);
	add_number(command, "--members", members);
	add_number(command, "--message-rate", (int)(RATE_SLACK * rate_hz) + 100);
}

static void build(struct command *command, const struct contender *contender, const char *folder,
		  unsigned members, double rate_hz, unsigned limit_s)
{
	*command = (struct command){ 0 };
	snprintf(command->path, sizeof(command->path), "%s/%s", folder, contender->program);
	add_word(command, contender->program);
	if (contender->kind == GENERATOR_STARLING) {
		add_starling(command, contender, members, rate_hz);
		return;
	}
	add_number(command, "-s", limit_s);
	if (contender->kind == GENERATOR_NAIVE_ENET)
		add_number(command, "-c", members);
	if (contender->kind == GENERATOR_UDP && contender->tick_hz > 0)
		add_number(command, "-f", (int)(1e6 / contender->tick_hz));
	if (contender->is_nodelay)
		add_word(command, "-n");
}

static void run_child(const struct command *command, int out, int cpu, pid_t parent)
{
	sigset_t none;
	cpu_set_t cpus;

	/* A bench that dies takes its relays with it, even one that died before this line. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* Ctrl-C is for the bench, which then ends the relay. */
	setpgid(0, 0);
	CPU_ZERO(&cpus);
	if (cpu >= 0) {
		CPU_SET((size_t)cpu, &cpus);
		sched_setaffinity(0, sizeof(cpus), &cpus);
	}
	dup2(out, STDOUT_FILENO);
	execv(command->path, command->words);
	fprintf(stderr, "cannot run %s: %s\n", command->path, strerror(errno));
	_exit(127);
}

/* Reads the first line, in which the relay says its port. */
static bool read_port(struct contender_relay *relay)
{
	char line[LINE_BYTES] = "";
	size_t size = 0;
	struct pollfd pollfd = { .fd = relay->out, .events = POLLIN };
	const char *port;

	while (size < sizeof(line) - 1 && !strchr(line, '\n')) {
		ssize_t got;

		if (poll(&pollfd, 1, LISTEN_PATIENCE_MS) <= 0)
			return false;
		got = read(relay->out, line + size, sizeof(line) - 1 - size);
		if (got <= 0)
			return false;
		size += (size_t)got;
		line[size] = '\0';
	}
	port = strstr(line, "\"port\":");
	relay->port = port ? (uint16_t)strtoul(port + 7, NULL, 10) : 0;
	return relay->port != 0;
}

int contender_start(struct contender_relay *relay, const struct contender *contender,
		    const char *folder, unsigned members, double rate_hz, unsigned limit_s, int cpu,
		    char error[static CONTENDER_ERROR_BYTES])
{
	const pid_t self = getpid();
	struct command command;
	int out[2];

	*relay = (struct contender_relay){ 0 };
	build(&command, contender, folder, members, rate_hz, limit_s);
	if (access(command.path, X_OK) != 0) {
		snprintf(error, CONTENDER_ERROR_BYTES,
			 "%.200s: %s; `make` builds it, --programs says where it is, and --only "
			 "leaves it out",
			 command.path, strerror(errno));
		return -1;
	}
	if (pipe2(out, O_CLOEXEC) < 0 || (relay->pid = fork()) < 0) {
		snprintf(error, CONTENDER_ERROR_BYTES, "cannot start a process: %s",
			 strerror(errno));
		relay->pid = 0;
		return -1;
	}
	if (relay->pid == 0)
		run_child(&command, out[1], cpu, self);
	close(out[1]);
	relay->out = out[0];
	if (read_port(relay))
		return 0;
	contender_stop(relay);
	snprintf(error, CONTENDER_ERROR_BYTES, "%.200s did not say its port within %d s",
		 command.path, LISTEN_PATIENCE_MS / 1000);
	return -1;
}

uint64_t contender_peak_bytes(const struct contender_relay *relay)
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

void contender_stop(struct contender_relay *relay)
{
	const struct timespec step = { 0, STEP_MS * 1000000L };

	if (relay->pid <= 0)
		return;
	kill(relay->pid, SIGTERM);
	for (int waited_ms = 0; waitpid(relay->pid, NULL, WNOHANG) == 0; waited_ms += STEP_MS) {
		if (waited_ms >= STOP_PATIENCE_MS) {
			kill(relay->pid, SIGKILL);
			waitpid(relay->pid, NULL, 0);
			break;
		}
		nanosleep(&step, NULL);
	}
	close(relay->out);
	*relay = (struct contender_relay){ 0 };
}
