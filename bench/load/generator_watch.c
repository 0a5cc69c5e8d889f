#include "bench/load/generator_internal.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

static const int64_t ns_per_s = 1000000000;

int generator_watch_open(struct generator *g)
{
	g->epoll = epoll_create1(EPOLL_CLOEXEC);
	return g->epoll < 0 ? -errno : 0;
}

void generator_watch_close(struct generator *g)
{
	if (g->epoll >= 0)
		close(g->epoll);
}

/* Members share sockets in the order in which they start. */
static int add_shared(struct generator *g, unsigned member, int descriptor)
{
	if (g->shared_count > 0 && g->shared[g->shared_count - 1].fd == descriptor)
		return 0;
	if (g->shared_count == GENERATOR_WATCHED) {
		generator_fail(g,
			       "cannot watch member %u: %d sockets hold too few of them; raise "
			       "net.core.rmem_max",
			       member + 1, GENERATOR_WATCHED);
		return -1;
	}
	g->shared[g->shared_count] = (struct pollfd){ .fd = descriptor, .events = POLLIN };
	g->shared_first[g->shared_count++] = member;
	return 0;
}

int generator_watch_add(struct generator *g, unsigned member)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u32 = member };
	const int descriptor = g->driver->descriptor(g, member);

	if (g->driver->is_shared && g->driver->is_shared(g))
		return add_shared(g, member, descriptor);
	if (epoll_ctl(g->epoll, EPOLL_CTL_ADD, descriptor, &event) == 0)
		return 0;
	generator_fail(g, "cannot watch member %u: %s", member + 1, strerror(errno));
	return -1;
}

void generator_watch_nap(struct generator *g)
{
	g->is_napping = g->shared_count > 0 && !g->config->is_reliable;
}

static int wait_shared(struct generator *g, unsigned members[GENERATOR_WATCHED],
		       const struct timespec *wait)
{
	static const struct timespec now = { 0 };
	int ready, count;

	if (g->is_napping && (wait->tv_sec > 0 || wait->tv_nsec > 0)) {
		ppoll(NULL, 0, wait, NULL);
		wait = &now;
	}
	ready = ppoll(g->shared, g->shared_count, wait, NULL);
	count = ready < 0 ? -1 : 0;
	for (unsigned i = 0; i < g->shared_count && count < ready; i++)
		if (g->shared[i].revents != 0)
			members[count++] = g->shared_first[i];
	return count;
}

/* As epoll_wait, but for so long to the nanosecond. */
static int wait_own(const struct generator *g, struct epoll_event events[GENERATOR_WATCHED],
		    const struct timespec *wait)
{
	const int count = epoll_pwait2(g->epoll, events, GENERATOR_WATCHED, wait, NULL);

	if (count < 0 && errno == ENOSYS) { /* Linux before 5.11 */
		struct pollfd pollfd = { .fd = g->epoll, .events = POLLIN };

		ppoll(&pollfd, 1, wait, NULL);
		return epoll_wait(g->epoll, events, GENERATOR_WATCHED, 0);
	}
	return count;
}

int generator_watch_wait(struct generator *g, unsigned members[GENERATOR_WATCHED], int64_t wait_ns)
{
	const struct timespec wait = { wait_ns / ns_per_s, wait_ns % ns_per_s };
	struct epoll_event events[GENERATOR_WATCHED];
	int count;

	if (g->shared_count > 0)
		return wait_shared(g, members, &wait);
	count = wait_own(g, events, &wait);
	for (int i = 0; i < count; i++)
		members[i] = events[i].data.u32;
	return count;
}

/* Sleeping. */

static bool wakes_early(const struct generator *g)
{
	const double sends_per_s = g->pace.members * g->pace.rate_hz;

	return g->config->has_processor && g->is_sending &&
	       sends_per_s * GENERATOR_WAKE_EARLY_NS * GENERATOR_AWAKE_PART <= 1e9;
}

int64_t generator_sleep_ns(const struct generator *g, int64_t time_ns, int64_t due_ns)
{
	int64_t left_ns = due_ns - time_ns;

	if (left_ns <= 0)
		return 0;
	if (wakes_early(g))
		left_ns = left_ns < GENERATOR_WAKE_EARLY_NS ? 0 : left_ns - GENERATOR_WAKE_EARLY_NS;
	else if (left_ns < GENERATOR_SLEEP_MIN_NS)
		left_ns = GENERATOR_SLEEP_MIN_NS;
	return g->is_napping && left_ns > GENERATOR_NAP_NS ? GENERATOR_NAP_NS : left_ns;
}

int generator_sleep(struct generator *g, unsigned members[GENERATOR_WATCHED], int64_t due_ns)
{
	const int64_t time_ns = generator_now_ns();
	const int64_t sleep_ns = generator_sleep_ns(g, time_ns, due_ns);
	const int count = generator_watch_wait(g, members, sleep_ns);

	if (count == 0 && sleep_ns == 0 && time_ns < due_ns)
		g->idle_ns += generator_now_ns() - time_ns;
	return count;
}
