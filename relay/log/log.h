/*
 * log: what an operator reads, on stderr. Warnings are about what needs a hand; info is what the
 * relay as a whole does; debug is per connection. Nothing is ever logged per packet.
 *
 * A line is
 *
 *	2026-11-25T07:05:47.123+00:00 starlingd: room "tag" opens
 *
 * with the local time and its zone (ISO 8601). Clients can cause LOG_CLIENT_RATE lines a second.
 * Further lines are counted by kind, and summed up in one line LOG_SUM_S later. All functions are
 * for one thread.
 */
#ifndef STARLING_RELAY_LOG_LOG_H
#define STARLING_RELAY_LOG_LOG_H

#include <stddef.h>
#include <stdint.h>

struct writer;

enum log_level {
	LOG_ERROR = -2,
	LOG_WARNING = -1,
	LOG_INFO = 0,
	LOG_DEBUG = 1,
};

/* Lines that clients cause. */
enum log_kind {
	LOG_ROOM_OPENS,  /* info */
	LOG_ROOM_CLOSES, /* info */
	LOG_REFUSAL,     /* info */
	LOG_DETAIL,      /* debug: all else */
	LOG_KIND_COUNT,
};

enum {
	/* Lines a second that clients can cause, and as many at once; and those at LOG_DEBUG. */
	LOG_CLIENT_RATE = 4,
	LOG_CLIENT_DEBUG_RATE = 100,
	LOG_SUM_S = 5, /* the longest that a line left out waits to be summed up */
	LOG_STAMP_BYTES = 64,
};

/* Sets the level of the process, above which lines are dropped. It is LOG_INFO at first. */
void log_open(enum log_level level);

/* Hands lines to this writer from now on. NULL, as at first: writes them itself, and may block. */
void log_write_by(struct writer *writer);

/* The log writer's note on dropped lines (writer_note). */
size_t log_note_dropped(char *out, size_t out_bytes, uint64_t lines);

/* The wall time as a line of the log has it. */
void log_stamp(char text[static LOG_STAMP_BYTES]);

__attribute__((format(printf, 1, 2))) void log_error(const char *format, ...);
__attribute__((format(printf, 1, 2))) void log_warning(const char *format, ...);
__attribute__((format(printf, 1, 2))) void log_info(const char *format, ...);

/* A line that a client caused, within the limit. */
__attribute__((format(printf, 2, 3))) void log_client(enum log_kind kind, const char *format, ...);

/* Sums up the lines left out, when that is due. Returns when it is due next; INT64_MAX: never. */
int64_t log_run_timer(int64_t now_ns);

/* Sums them up now. */
void log_sum_up(void);

/* Lines so far that could not be written, and that were left out for the limit. */
uint64_t log_dropped(void);
uint64_t log_left_out(void);

#endif
