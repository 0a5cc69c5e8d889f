/*
 * writer: one descriptor's output, written by a thread of its own, so that whoever adds a line
 * never waits for a reader.
 *
 * A write to a full pipe, a stopped terminal or a hanging disk may wait for ever. Asking first does
 * not help: poll says that a file or a terminal takes something, not how much; and O_NONBLOCK
 * belongs to the open file, which a program shares with others. So the bytes pass through a bounded
 * ring to a thread that may wait. The thread does not hold the ring's mutex while it writes. Lines
 * that do not fit are dropped whole, and counted.
 */
#ifndef STARLING_PROTO_CLI_WRITER_H
#define STARLING_PROTO_CLI_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct writer;

/*
 * Writes a line, with its newline, for the place where `lines` lines were dropped; returns its
 * size. Runs in the writer's thread.
 */
typedef size_t writer_note(char *out, size_t out_bytes, uint64_t lines);

/*
 * Starts a thread that writes to `descriptor`, with room for `capacity_bytes` that wait. With a
 * `note`, a line stands for those dropped, at their place, once something is written again.
 * `beside` (or NULL) is another writer, which is closed after this one: where both have the same
 * pipe, terminal or file, neither tears the other's text. NULL: no memory, or no thread.
 */
struct writer *writer_open(int descriptor, size_t capacity_bytes, writer_note *note,
			   struct writer *beside);

/*
 * Adds whole lines, all of them or none, and never waits for the descriptor. False: they did not
 * fit, and are counted as dropped.
 */
bool writer_add(struct writer *writer, const char *lines, size_t size);

/* Lines so far that did not fit, or could not be written. */
uint64_t writer_dropped(const struct writer *writer);

/*
 * Waits until everything is written, for `wait_ns` at most. 0, or a negative errno value: of the
 * last write that failed, since the beginning; -ENOBUFS: lines did not fit; -ETIMEDOUT: some still
 * wait.
 */
int writer_drain(struct writer *writer, int64_t wait_ns);

/*
 * Writes what still waits, ends the thread and frees everything. False when that takes longer than
 * `wait_ns`: then thread and memory stay until the process ends, and so must those of the writer
 * `beside` it. Accepts NULL.
 */
bool writer_close(struct writer *writer, int64_t wait_ns);

#endif
