#include "bench/proxy/proxy_child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "bench/servers/child.h"
#include "bench/proxy.h"

enum {
	LISTEN_PATIENCE_MS = 5000,
	LINE_BYTES = 1024,
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
	/* Its delays end when they should, not up to 50 us later. */
	prctl(PR_SET_TIMERSLACK, 1UL);
	snprintf(to, sizeof(to), "127.0.0.1:%u", to_port);
	snprintf(text, sizeof(text), "%s", impair);
	dup2(out, STDOUT_FILENO);
	if (nowhere >= 0)
		dup2(nowhere, STDERR_FILENO); /* where it announces itself to people */
	_exit(proxy_run((int)(sizeof(words) / sizeof(words[0])) - 1, words));
}

/* Its first line has the port. */
static bool read_port(struct contender_relay *proxy)
{
	struct pollfd pollfd = { .fd = proxy->out, .events = POLLIN };
	char line[LINE_BYTES] = "";
	size_t size = 0;
	const char *port;

	while (size < sizeof(line) - 1 && !strchr(line, '\n')) {
		ssize_t got;

		if (poll(&pollfd, 1, LISTEN_PATIENCE_MS) <= 0)
			return false;
		got = read(proxy->out, line + size, sizeof(line) - 1 - size);
		if (got <= 0)
			return false;
		size += (size_t)got;
		line[size] = '\0';
	}
	port = strstr(line, "\"port\":");
	proxy->port = port ? (uint16_t)strtoul(port + 7, NULL, 10) : 0;
	return proxy->port != 0;
}

int proxy_child_start(struct contender_relay *proxy, uint16_t to_port, const char *impair,
		      char error[static CONTENDER_ERROR_BYTES])
{
	const pid_t self = getpid();
	int out[2];

	*proxy = (struct contender_relay){ 0 };
	fflush(stdout); /* or the child would write it, too */
	if (pipe2(out, O_CLOEXEC) < 0 || (proxy->pid = fork()) < 0) {
		snprintf(error, CONTENDER_ERROR_BYTES, "cannot start a process: %s",
			 strerror(errno));
		proxy->pid = 0;
		return -1;
	}
	if (proxy->pid == 0)
		run_child(out[1], to_port, impair, self);
	close(out[1]);
	proxy->out = out[0];
	if (read_port(proxy))
		return 0;
	contender_stop(proxy, NULL);
	snprintf(error, CONTENDER_ERROR_BYTES, "the proxy (%s) did not say its port within %d s",
		 impair, LISTEN_PATIENCE_MS / 1000);
	return -1;
}
