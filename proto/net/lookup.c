#include "proto/net/lookup.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "proto/net/resolve.h"

struct lookup_answer {
	atomic_int holders; /* the caller and the thread; the last one frees it */
	atomic_bool is_there;
	uint16_t port;
	size_t count;
	struct net_address addresses[LOOKUP_ADDRESSES_MAX];
	char name[];
};

static void let_go(struct lookup_answer *answer)
{
	if (atomic_fetch_sub(&answer->holders, 1) == 1)
		free(answer);
}

static void *look_up(void *context)
{
	struct lookup_answer *answer = context;

	answer->count =
		net_resolve(answer->name, answer->port, answer->addresses, LOOKUP_ADDRESSES_MAX);
	atomic_store(&answer->is_there, true);
	let_go(answer);
	return NULL;
}

static bool start_thread(struct lookup_answer *answer)
{
	pthread_attr_t detached;
	sigset_t all, before;
	pthread_t thread;
	bool is_started;

	if (pthread_attr_init(&detached) != 0)
		return false;
	pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	/* A thread inherits the mask, so the program's handlers do not run in this one. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	is_started = pthread_create(&thread, &detached, look_up, answer) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&detached);
	return is_started;
}

void lookup_start(struct lookup *lookup, const char *name, uint16_t port)
{
	const size_t name_bytes = strlen(name) + 1;
	struct lookup_answer *answer;

	if (lookup->answer || net_is_address(name))
		return;
	answer = calloc(1, sizeof(*answer) + name_bytes);
	if (!answer)
		return;
	memcpy(answer->name, name, name_bytes);
	answer->port = port;
	atomic_init(&answer->holders, 2);
	if (!net_current()->thread_cpu_ns)
		look_up(answer);
	else if (!start_thread(answer)) {
		free(answer);
		return;
	}
	lookup->answer = answer;
}

bool lookup_is_under_way(const struct lookup *lookup)
{
	return lookup->answer != NULL;
}

size_t lookup_take(struct lookup *lookup, struct net_address addresses[static LOOKUP_ADDRESSES_MAX])
{
	const struct lookup_answer *answer = lookup->answer;
	size_t count;

	if (!answer || !atomic_load(&answer->is_there))
		return 0;
	count = answer->count;
	memcpy(addresses, answer->addresses, count * sizeof(addresses[0]));
	lookup_drop(lookup);
	return count;
}

void lookup_drop(struct lookup *lookup)
{
	if (lookup->answer)
		let_go(lookup->answer);
	lookup->answer = NULL;
}
