#include "bench/proxy/proxy_child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/cli/child.h"
#include "bench/commands.h"

enum {
	LISTEN_PATIENCE_MS = 5000,
	LINE_BYTES = 4096,
};

static void run_child(int out, uint16_t to_port, const char *impair, pid_t parent)
{
	char to[32], text[256];
	char *words[] = { (char[]){ "proxy" },
			  (char[]){ "--listen" },
			  (char[]){ "127.0.0.1:0" },
			  (char[]){ "--to" },
			  to,
			  (char[]){ "--impair-in" },
			  text,
			  (char[]){ "--impair-out" },
			  text,
			  (char[]){ "--json" },
			  NULL };
	const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);

	child_begin(parent, -1);
	snprintf(to, sizeof(to), "127.0.0.1:%u", to_port);
	snprintf(text, sizeof(text), "%s", impair);
	dup2(out, STDOUT_FILENO);
	if (nowhere >= 0)
		dup2(nowhere, STDERR_FILENO); /* where it announces itself to people */
	_exit(proxy_run((int)(sizeof(words) / sizeof(words[0])) - 1, words));
}

/* Its next line of output, which is JSON. False: it said none in time. */
static bool read_line(const struct target_process *proxy, char line[static LINE_BYTES])
{
	struct pollfd pollfd = { .fd = proxy->out, .events = POLLIN };
	size_t size = 0;

	line[0] = '\0';
	while (size < LINE_BYTES - 1 && !strchr(line, '\n')) {
		ssize_t got;

		if (poll(&pollfd, 1, LISTEN_PATIENCE_MS) <= 0)
			return false;
		got = read(proxy->out, line + size, LINE_BYTES - 1 - size);
		if (got <= 0)
			return false;
		size += (size_t)got;
		line[size] = '\0';
	}
	return true;
}

/* -1: the line does not have it. */
static int64_t number_in(const char *line, const char *key)
{
	const char *at = strstr(line, key);

	return at ? strtoll(at + strlen(key), NULL, 10) : -1;
}

static bool read_port(struct target_process *proxy)
{
	char line[LINE_BYTES];
	const int64_t port = read_line(proxy, line) ? number_in(line, "\"port\":") : -1;

	proxy->port = port > 0 ? (uint16_t)port : 0;
	return proxy->port != 0;
}

int proxy_child_start(struct target_process *proxy, uint16_t to_port, const char *impair,
		      char error[static TARGET_ERROR_BYTES])
{
	const pid_t self = getpid();
	int out[2];

	*proxy = (struct target_process){ 0 };
	fflush(stdout); /* or the child would write it, too */
	if (pipe2(out, O_CLOEXEC) < 0 || (proxy->pid = fork()) < 0) {
		snprintf(error, TARGET_ERROR_BYTES, "cannot start a process: %s", strerror(errno));
		proxy->pid = 0;
		return -1;
	}
	if (proxy->pid == 0)
		run_child(out[1], to_port, impair, self);
	close(out[1]);
	proxy->out = out[0];
	if (read_port(proxy))
		return 0;
	target_stop(proxy, NULL);
	snprintf(error, TARGET_ERROR_BYTES, "the proxy (%s) did not say its port within %d s",
		 impair, LISTEN_PATIENCE_MS / 1000);
	return -1;
}

int64_t proxy_child_late_p99_us(const struct target_process *proxy)
{
	char line[LINE_BYTES] = "";

	if (kill(proxy->pid, SIGUSR1) == 0)
		read_line(proxy, line);
	return number_in(line, "\"late_p99_us\":");
}
