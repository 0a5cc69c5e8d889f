#include "relay/room/membership_log.h"

#include <errno.h>
#include <stdlib.h>

enum {
	FIRST_CAPACITY = 16,
};

int membership_log_init(struct membership_log *log)
{
	*log = (struct membership_log){ .told_ns = INT64_MIN / 2, .due_ns = INT64_MAX };
	log->changes = malloc(FIRST_CAPACITY * sizeof(log->changes[0]));
	if (!log->changes)
		return -ENOMEM;
	log->capacity = FIRST_CAPACITY;
	return 0;
}

void membership_log_fini(struct membership_log *log)
{
	free(log->changes);
	*log = (struct membership_log){ 0 };
}

uint64_t membership_log_end(const struct membership_log *log)
{
	return log->first + log->count;
}

size_t membership_log_position(const struct membership_log *log,
			       const struct membership_reader *reader)
{
	return reader->next > log->first ? (size_t)(reader->next - log->first) : 0;
}

bool membership_log_reserve(struct membership_log *log)
{
	struct membership_change *changes;

	if (log->count < log->capacity)
		return true;
	changes = realloc(log->changes, 2 * log->capacity * sizeof(changes[0]));
	if (!changes)
		return false;
	log->changes = changes;
	log->capacity *= 2;
	return true;
}

void membership_log_append(struct membership_log *log, const struct membership_change *change)
{
	log->changes[log->count++] = *change;
}

void membership_log_withdraw(struct membership_log *log, uint64_t joined)
{
	if (joined >= log->first)
		log->changes[joined - log->first].member = NULL;
}

void membership_log_clear(struct membership_log *log, int64_t now_ns)
{
	log->first += log->count;
	log->count = 0;
	log->told_ns = now_ns;
	log->due_ns = INT64_MAX;
}
