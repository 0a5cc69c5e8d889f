#include "client/moderate/exchange.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "proto/wire/text.h"

enum {
	ANSWER_MAX_BYTES = 64 << 20,
	ANSWER_FIRST_BYTES = 4096,
};

static const char *remedy_of(int error)
{
	switch (error) {
	case ENOENT:
	case ECONNREFUSED:
		return "start the relay with starlingd --control and this path";
	case EACCES:
	case EPERM:
		return "run this as the user that the relay runs as, or as root";
	case ENAMETOOLONG:
		return "give a path of at most 107 bytes";
	case ETIMEDOUT:
	case EAGAIN:
		return "other operators may have all of its places; try again";
	default:
		return "see whether the relay still runs";
	}
}

static char *fail(char *error, const char *path, int number)
{
	snprintf(error, EXCHANGE_ERROR_BYTES, "no relay answers at \"%.200s\": %s; %s",
		 text_shown(path).text, strerror(number), remedy_of(number));
	return NULL;
}

static int open_to(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const struct timeval patience = { .tv_sec = EXCHANGE_PATIENCE_S };
	int descriptor;

	if (strlen(path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(address.sun_path, path);
	descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (descriptor < 0)
		return -1;
	/* For each step. */
	setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (connect(descriptor, (const struct sockaddr *)&address, sizeof(address)) == 0)
		return descriptor;
	close(descriptor);
	return -1;
}

static bool send_all(int descriptor, const char *text, size_t size)
{
	while (size > 0) {
		const ssize_t sent = send(descriptor, text, size, MSG_NOSIGNAL);

		if (sent < 0)
			return false;
		text += sent;
		size -= (size_t)sent;
	}
	return true;
}

static bool make_place(char **answer, size_t size, size_t *capacity)
{
	const size_t wanted = *capacity > 0 ? 2 * *capacity : ANSWER_FIRST_BYTES;
	char *moved;

	if (size < *capacity)
		return true;
	errno = EMSGSIZE;
	if (wanted > ANSWER_MAX_BYTES)
		return false;
	moved = realloc(*answer, wanted);
	if (!moved)
		return false;
	*answer = moved;
	*capacity = wanted;
	return true;
}

/* NULL: see errno. */
static char *read_line(int descriptor)
{
	char *answer = NULL, *end = NULL;
	size_t size = 0, capacity = 0;

	while (!end && make_place(&answer, size, &capacity)) {
		const ssize_t got = recv(descriptor, answer + size, capacity - size, 0);

		if (got == 0)
			errno = ECONNRESET;
		if (got < 0 && errno == EAGAIN)
			errno = ETIMEDOUT;
		if (got <= 0)
			break;
		end = memchr(answer + size, '\n', (size_t)got);
		size += (size_t)got;
	}
	if (end) {
		*end = '\0';
		return answer;
	}
	free(answer);
	return NULL;
}

char *exchange(const char *path, const char *line, char error[EXCHANGE_ERROR_BYTES])
{
	const int descriptor = open_to(path);
	char *answer = NULL;
	int number;

	if (descriptor < 0)
		return fail(error, path, errno);
	if (send_all(descriptor, line, strlen(line)) && send_all(descriptor, "\n", 1))
		answer = read_line(descriptor);
	number = errno;
	close(descriptor);
	return answer ? answer : fail(error, path, number);
}
