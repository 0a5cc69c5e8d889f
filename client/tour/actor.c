#include "client/tour/actor.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Leaves the child with the standard descriptors and its line. */
static void keep_only_line(int line)
{
	if (line != ACTOR_LINE) {
		if (dup2(line, ACTOR_LINE) < 0)
			_exit(1);
	}
	if (close_range(STDERR_FILENO + 1, ACTOR_LINE - 1, 0) < 0 ||
	    close_range(ACTOR_LINE + 1, ~0U, 0) < 0)
		_exit(1);
}

int actor_start(struct actor *actor, void (*serve)(void *state), void *state)
{
	int ends[2];
	pid_t pid;

	*actor = (struct actor){ 0 };
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	pid = fork();
	if (pid == 0) {
		keep_only_line(ends[1]);
		/* A write to a closed stream is a result to show; Ctrl-C is the tour's to handle.
		 */
		signal(SIGPIPE, SIG_IGN);
		signal(SIGINT, SIG_IGN);
		serve(state);
		_exit(0);
	}
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		return -EAGAIN;
	}
	*actor = (struct actor){ .pid = pid, .line = ends[0] };
	return 0;
}

/* One message, whatever signals come. */
static ssize_t receive(int line, void *message, size_t size)
{
	ssize_t got;

	do
		got = recv(line, message, size, 0);
	while (got < 0 && errno == EINTR);
	return got;
}

bool actor_make_call(void)
{
	struct call_request request;
	struct call call;

	if (receive(ACTOR_LINE, &request, sizeof(request)) != sizeof(request))
		return false;
	call = call_make(&request);
	return send(ACTOR_LINE, &call, sizeof(call), MSG_NOSIGNAL) == sizeof(call);
}

void actor_make_calls(void *state)
{
	(void)state;
	while (actor_make_call())
		;
}

void actor_begin(struct actor *actor, const struct call_request *request)
{
	/* A failure shows when the answer is missing. */
	if (actor->pid > 0)
		(void)send(actor->line, request, sizeof(*request), MSG_NOSIGNAL);
}

struct call actor_finish(struct actor *actor)
{
	struct call call;

	if (actor->pid > 0 && receive(actor->line, &call, sizeof(call)) == sizeof(call))
		return call;
	return (struct call){ .result = -1, .error = EPIPE, .fd = -1 };
}

struct call actor_do(struct actor *actor, const struct call_request *request)
{
	actor_begin(actor, request);
	return actor_finish(actor);
}

void actor_stop(struct actor *actor)
{
	if (actor->pid <= 0)
		return;
	close(actor->line);
	while (waitpid(actor->pid, NULL, 0) < 0 && errno == EINTR)
		;
	*actor = (struct actor){ 0 };
}
