#include "client/sessions/loop.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "proto/net/net.h"

/* A signal handler can only set a flag; loop_init allows one loop at a time. */
static volatile sig_atomic_t stopped;

static const int signals[LOOP_SIGNALS] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE };

static void stop(int signal)
{
	(void)signal;
	stopped = 1;
}

int loop_init(struct loop *loop, size_t session_max)
{
	sigset_t blocked;

	memset(loop, 0, sizeof(*loop));
	loop->polls = calloc(session_max + 1, sizeof(*loop->polls));
	loop->owners = calloc(session_max + 1, sizeof(*loop->owners));
	loop->due_ns = calloc(session_max + 1, sizeof(*loop->due_ns));
	if (loop->polls == NULL || loop->owners == NULL || loop->due_ns == NULL) {
		free(loop->polls);
		free(loop->owners);
		free(loop->due_ns);
		memset(loop, 0, sizeof(*loop));
		return -ENOMEM;
	}
	loop->session_max = session_max;
	stopped = 0;
	sigemptyset(&blocked);
	for (size_t i = 0; i < LOOP_SIGNALS; i++) {
		struct sigaction action = { 0 };

		action.sa_handler = signals[i] == SIGPIPE ? SIG_IGN : stop;
		if (signals[i] != SIGPIPE)
			sigaddset(&blocked, signals[i]);
		sigaction(signals[i], &action, &loop->old_actions[i]);
		if (signals[i] == SIGHUP && loop->old_actions[i].sa_handler == SIG_IGN)
			sigaction(SIGHUP, &loop->old_actions[i], NULL); /* nohup(1) */
	}
	sigprocmask(SIG_BLOCK, &blocked, &loop->old_mask);
	loop->wait_mask = loop->old_mask;
	for (size_t i = 0; i < LOOP_SIGNALS; i++)
		sigdelset(&loop->wait_mask, signals[i]);
	return 0;
}

void loop_fini(struct loop *loop)
{
	if (loop->polls == NULL)
		return;
	/*
	 * A pending signal was for the loop; it must not end the program before its results are
	 * printed.
	 */
	sigprocmask(SIG_SETMASK, &loop->wait_mask, NULL);
	for (size_t i = 0; i < LOOP_SIGNALS; i++)
		sigaction(signals[i], &loop->old_actions[i], NULL);
	sigprocmask(SIG_SETMASK, &loop->old_mask, NULL);
	free(loop->polls);
	free(loop->owners);
	free(loop->due_ns);
	memset(loop, 0, sizeof(*loop));
}

bool loop_is_stopped(void)
{
	return stopped != 0;
}

static struct timespec span(int64_t ns)
{
	if (ns < 0)
		ns = 0;
	return (struct timespec){ .tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000 };
}

/* Fills the poll list and moves `*until_ns` to the first deadline. Returns the number of polls. */
static size_t gather(struct loop *loop, struct starling *const *sessions, size_t count,
		     int64_t now_ns, int64_t *until_ns)
{
	size_t polls = 0;

	for (size_t i = 0; i < count; i++) {
		if (sessions[i] == NULL)
			continue;
		loop->due_ns[polls] = now_ns + (int64_t)starling_timeout_ms(sessions[i]) * 1000000;
		if (loop->due_ns[polls] < *until_ns)
			*until_ns = loop->due_ns[polls];
		loop->polls[polls] =
			(struct pollfd){ .fd = starling_fd(sessions[i]), .events = POLLIN };
		loop->owners[polls++] = i;
	}
	return polls;
}

bool loop_wait(struct loop *loop, struct starling *const *sessions, bool *is_due, size_t count,
	       int input_fd, int64_t until_ns)
{
	int64_t now_ns = net_now_ns();
	struct timespec timeout;
	size_t polls;
	int ready;

	if (count > loop->session_max)
		count = loop->session_max;
	polls = gather(loop, sessions, count, now_ns, &until_ns);
	loop->polls[polls] = (struct pollfd){ .fd = input_fd, .events = POLLIN };
	timeout = span(until_ns - now_ns);
	ready = ppoll(loop->polls, (nfds_t)polls + 1, until_ns == INT64_MAX ? NULL : &timeout,
		      &loop->wait_mask);
	now_ns = net_now_ns();
	for (size_t i = 0; i < count; i++)
		is_due[i] = false;
	for (size_t i = 0; i < polls; i++)
		is_due[loop->owners[i]] =
			loop->due_ns[i] <= now_ns || (ready > 0 && loop->polls[i].revents != 0);
	return ready > 0 && loop->polls[polls].revents != 0;
}
