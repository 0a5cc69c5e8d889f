#include "proto/cli/writer.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	STACK_BYTES = 128 << 10,
	NOTE_BYTES = 256,
};

#define NS_PER_S INT64_C(1000000000)

/* Places are counted in bytes since the beginning; a place's byte is at its remainder. */
struct writer {
	int descriptor;
	writer_note *note;
	pthread_t thread;
	pthread_mutex_t turn;   /* held while writing, */
	pthread_mutex_t *turns; /* this one's, or that of a writer to the same file */
	pthread_mutex_t mutex;  /* for the fields below; never held while writing */
	pthread_cond_t added, written;
	uint64_t head, tail; /* where the next byte is added; what is written up to */
	uint64_t gap_lines;  /* dropped, and not noted yet, */
	uint64_t gap_at;     /* at this place */
	bool is_failing;     /* the last write failed: the next waits until something is added */
	bool is_closing;
	int error; /* of a write, or ENOBUFS */
	_Atomic uint64_t dropped;
	bool is_torn; /* the thread's own: the last byte written was not a line's end */
	size_t capacity;
	char ring[];
};

/* All of it or, with errno, the number of bytes that were written. */
static size_t write_bytes(struct writer *writer, const char *data, size_t size)
{
	size_t at = 0;

	while (at < size) {
		const ssize_t wrote = write(writer->descriptor, data + at, size - at);
		struct pollfd poll_it = { .fd = writer->descriptor, .events = POLLOUT };

		if (wrote > 0)
			at += (size_t)wrote;
		else if (wrote < 0 && errno == EAGAIN)
			(void)poll(&poll_it, 1, -1); /* somebody made the shared file so */
		else if (wrote == 0 || errno != EINTR)
			break;
	}
	if (at > 0)
		writer->is_torn = data[at - 1] != '\n';
	return at;
}

/* After a failure in the middle of a line, the next one begins on its own. */
static bool mend_line(struct writer *writer)
{
	return !writer->is_torn || write_bytes(writer, "\n", 1) == 1;
}

static bool write_text(struct writer *writer, const char *text, size_t size)
{
	return mend_line(writer) && write_bytes(writer, text, size) == size;
}

/* Returns where it came to. */
static uint64_t write_ring(struct writer *writer, uint64_t from, uint64_t end)
{
	if (!mend_line(writer))
		return from;
	while (from < end) {
		const size_t at = from % writer->capacity;
		size_t size = writer->capacity - at, wrote;

		size = end - from < size ? (size_t)(end - from) : size;
		wrote = write_bytes(writer, writer->ring + at, size);
		from += wrote;
		if (wrote < size)
			break;
	}
	return from;
}

static uint64_t lines_between(const struct writer *writer, uint64_t from, uint64_t end)
{
	uint64_t lines = 0;

	for (; from < end; from++)
		lines += writer->ring[from % writer->capacity] == '\n';
	return lines;
}

/* The thread. These functions hold the mutex, and let it go while they write. */

static bool has_note(const struct writer *writer)
{
	return writer->note && writer->gap_lines > 0;
}

static bool has_work(const struct writer *writer)
{
	return writer->tail < writer->head || (has_note(writer) && !writer->is_failing);
}

static void fail(struct writer *writer, int error)
{
	writer->error = error ? error : EIO;
	writer->is_failing = true;
}

/* False when it could not be written, and is still to be. */
static bool tell_gap(struct writer *writer)
{
	const uint64_t lines = writer->gap_lines;
	char text[NOTE_BYTES];
	size_t size;
	bool is_noted;
	int error;

	pthread_mutex_unlock(&writer->mutex);
	size = writer->note(text, sizeof(text), lines);
	pthread_mutex_lock(writer->turns);
	is_noted = write_text(writer, text, size);
	error = errno;
	pthread_mutex_unlock(writer->turns);
	pthread_mutex_lock(&writer->mutex);
	if (!is_noted) {
		fail(writer, error);
		return false;
	}
	writer->is_failing = false;
	writer->gap_lines -= lines;
	writer->gap_at = writer->head;
	return true;
}

static void drop_until(struct writer *writer, uint64_t from, uint64_t end)
{
	const uint64_t lines = lines_between(writer, from, end);

	writer->gap_lines += lines;
	writer->gap_at = end;
	writer->dropped += lines;
}

static void write_some(struct writer *writer)
{
	uint64_t end = writer->head, came;
	int error;

	if (has_note(writer) && writer->gap_at > writer->tail)
		end = writer->gap_at;
	pthread_mutex_unlock(&writer->mutex);
	pthread_mutex_lock(writer->turns);
	came = write_ring(writer, writer->tail, end);
	error = errno;
	pthread_mutex_unlock(writer->turns);
	pthread_mutex_lock(&writer->mutex);
	if (came < end) {
		fail(writer, error);
		drop_until(writer, came, end);
	} else {
		writer->is_failing = false;
	}
	writer->tail = end;
}

static void *run(void *context)
{
	struct writer *writer = context;

	pthread_mutex_lock(&writer->mutex);
	for (;;) {
		while (!has_work(writer) && !writer->is_closing)
			pthread_cond_wait(&writer->added, &writer->mutex);
		if (!has_work(writer))
			break;
		if (!has_note(writer) || writer->gap_at > writer->tail) {
			write_some(writer);
		} else if (!tell_gap(writer)) {
			drop_until(writer, writer->tail, writer->head);
			writer->tail = writer->head;
		}
		if (!has_work(writer))
			pthread_cond_broadcast(&writer->written);
	}
	pthread_mutex_unlock(&writer->mutex);
	return NULL;
}

/* Opening and closing. */

static bool is_same_file(int one, int other)
{
	struct stat a, b;

	return fstat(one, &a) == 0 && fstat(other, &b) == 0 && a.st_dev == b.st_dev &&
	       a.st_ino == b.st_ino;
}

/* Blocks all signals in the thread: they are the loop's, and must not stop a write. */
static int start_thread(struct writer *writer)
{
	pthread_attr_t attributes;
	sigset_t all, before;
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK_BYTES);
	error = pthread_create(&writer->thread, &attributes, run, writer);
	pthread_attr_destroy(&attributes);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return error;
}

static void init_waiting(struct writer *writer)
{
	pthread_condattr_t monotonic;

	pthread_mutex_init(&writer->turn, NULL);
	pthread_mutex_init(&writer->mutex, NULL);
	pthread_cond_init(&writer->added, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&writer->written, &monotonic);
	pthread_condattr_destroy(&monotonic);
}

static void destroy(struct writer *writer)
{
	pthread_mutex_destroy(&writer->turn);
	pthread_mutex_destroy(&writer->mutex);
	pthread_cond_destroy(&writer->added);
	pthread_cond_destroy(&writer->written);
	free(writer);
}

struct writer *writer_open(int descriptor, size_t capacity_bytes, writer_note *note,
			   struct writer *beside)
{
	struct writer *writer = calloc(1, sizeof(*writer) + capacity_bytes);

	if (!writer)
		return NULL;
	writer->descriptor = descriptor;
	writer->capacity = capacity_bytes;
	writer->note = note;
	writer->turns = beside && is_same_file(descriptor, beside->descriptor) ? beside->turns
									       : &writer->turn;
	init_waiting(writer);
	if (start_thread(writer) == 0)
		return writer;
	destroy(writer);
	return NULL;
}

static uint64_t lines_of(const char *text, size_t size)
{
	uint64_t lines = 0;

	for (size_t i = 0; i < size; i++)
		lines += text[i] == '\n';
	return lines;
}

static void note_full(struct writer *writer, uint64_t lines)
{
	if (writer->gap_lines == 0)
		writer->gap_at = writer->head;
	writer->gap_lines += lines;
	writer->dropped += lines;
	writer->error = ENOBUFS;
}

bool writer_add(struct writer *writer, const char *lines, size_t size)
{
	size_t at, first;
	bool fits;

	pthread_mutex_lock(&writer->mutex);
	fits = size <= writer->capacity - (writer->head - writer->tail);
	if (fits) {
		at = writer->head % writer->capacity;
		first = size < writer->capacity - at ? size : writer->capacity - at;
		memcpy(writer->ring + at, lines, first);
		memcpy(writer->ring, lines + first, size - first);
		writer->head += size;
	} else {
		note_full(writer, lines_of(lines, size));
	}
	pthread_cond_signal(&writer->added);
	pthread_mutex_unlock(&writer->mutex);
	return fits;
}

uint64_t writer_dropped(const struct writer *writer)
{
	return writer->dropped;
}

int writer_drain(struct writer *writer, int64_t wait_ns)
{
	struct timespec until;
	int result = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	wait_ns += until.tv_nsec;
	until.tv_sec += wait_ns / NS_PER_S;
	until.tv_nsec = wait_ns % NS_PER_S;
	pthread_mutex_lock(&writer->mutex);
	while (has_work(writer) && result == 0)
		result = pthread_cond_timedwait(&writer->written, &writer->mutex, &until);
	result = has_work(writer) ? -ETIMEDOUT : -writer->error;
	pthread_mutex_unlock(&writer->mutex);
	return result;
}

bool writer_close(struct writer *writer, int64_t wait_ns)
{
	if (!writer)
		return true;
	pthread_mutex_lock(&writer->mutex);
	writer->is_closing = true;
	pthread_cond_signal(&writer->added);
	pthread_mutex_unlock(&writer->mutex);
	if (writer_drain(writer, wait_ns) == -ETIMEDOUT) {
		pthread_detach(writer->thread);
		return false;
	}
	pthread_join(writer->thread, NULL);
	destroy(writer);
	return true;
}
