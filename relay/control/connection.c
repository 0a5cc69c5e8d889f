#include "relay/control/connection.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NS_PER_S INT64_C(1000000000)

void connection_open(struct connection *connection, int descriptor, int64_t now_ns)
{
	*connection = (struct connection){ .descriptor = descriptor, .active_ns = now_ns };
}

void connection_close(struct connection *connection)
{
	if (connection->descriptor >= 0)
		close(connection->descriptor);
	free(connection->out);
	*connection = (struct connection){ .descriptor = -1 };
}

static bool would_block(void)
{
	return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

/* Sends what the other side takes. False: something is left, or the connection has ended. */
static bool send_out(struct connection *connection, int64_t now_ns)
{
	while (connection->out_sent < connection->out_bytes) {
		const ssize_t sent =
			write(connection->descriptor, connection->out + connection->out_sent,
			      connection->out_bytes - connection->out_sent);

		if (sent <= 0) {
			if (sent < 0 && !would_block())
				connection_close(connection);
			return false;
		}
		connection->out_sent += (size_t)sent;
		connection->active_ns = now_ns;
	}
	free(connection->out);
	connection->out = NULL;
	if (connection->is_last)
		connection_close(connection);
	return connection->descriptor >= 0;
}

/* Reads what has come. False: nothing has, or the connection has ended. A rest is the last line. */
static bool read_in(struct connection *connection, int64_t now_ns)
{
	const ssize_t got = read(connection->descriptor, connection->in + connection->in_bytes,
				 sizeof(connection->in) - connection->in_bytes);

	if (got > 0) {
		connection->in_bytes += (size_t)got;
		connection->active_ns = now_ns;
	} else if (got == 0 && connection->in_bytes > 0) {
		connection->is_last = true;
	} else if (got == 0 || !would_block()) {
		connection_close(connection);
	}
	return got > 0 || connection->is_last;
}

/* Looks for a line in what was read. */
static bool find_line(struct connection *connection, const char **line, size_t *size)
{
	const char *end = memchr(connection->in, '\n', connection->in_bytes);

	if (end || connection->is_last) {
		*line = connection->in;
		*size = end ? (size_t)(end - connection->in) : connection->in_bytes;
		connection->line_bytes = *size + (end ? 1 : 0);
		if (*size > 0 && connection->in[*size - 1] == '\r')
			--*size;
	} else if (connection->in_bytes == sizeof(connection->in)) {
		*line = NULL;
		*size = 0;
		connection->line_bytes = connection->in_bytes;
		connection->is_last = true;
	}
	return connection->line_bytes > 0;
}

bool connection_next(struct connection *connection, int64_t now_ns, const char **line, size_t *size)
{
	if (connection->descriptor < 0 || connection->line_bytes > 0)
		return false;
	if (now_ns - connection->active_ns > CONNECTION_IDLE_S * NS_PER_S) {
		connection_close(connection);
		return false;
	}
	if (connection->out && !send_out(connection, now_ns))
		return false;
	return find_line(connection, line, size) ||
	       (read_in(connection, now_ns) && find_line(connection, line, size));
}

void connection_answer(struct connection *connection, char *text)
{
	connection->in_bytes -= connection->line_bytes;
	memmove(connection->in, connection->in + connection->line_bytes, connection->in_bytes);
	connection->line_bytes = 0;
	if (!text) {
		connection_close(connection);
		return;
	}
	connection->out = text;
	connection->out_bytes = strlen(text);
	connection->out_sent = 0;
}
