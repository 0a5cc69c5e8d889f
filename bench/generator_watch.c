#include "bench/generator_watch.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "bench/generator_line.h"

static const int64_t ns_per_s = 1000000000;

/* Groups. */

/* A member's number within its room, which every rooms-th of all members is in. */
static unsigned place_of(const struct generator_config *config, unsigned member)
{
	return member / generator_rooms(config);
}

static unsigned member_at(const struct generator_config *config, unsigned room, unsigned place)
{
	return place * generator_rooms(config) + room;
}

unsigned generator_watch_first(const struct generator_config *config, unsigned member)
{
	const unsigned place = place_of(config, member);

	return member_at(config, generator_room(config, member),
			 place - place % GENERATOR_WATCH_GROUP);
}

unsigned generator_watch_last(const struct generator_config *config, unsigned member)
{
	const unsigned place = place_of(config, member);
	const unsigned size = generator_room_size(config, member);
	const unsigned end = place - place % GENERATOR_WATCH_GROUP + GENERATOR_WATCH_GROUP;

	return member_at(config, generator_room(config, member), (end < size ? end : size) - 1);
}

static bool has_datagrams(enum generator_kind kind)
{
	return kind == GENERATOR_STARLING || kind == GENERATOR_NAIVE_ENET || kind == GENERATOR_UDP;
}

static bool can_group(const struct generator *g)
{
	return has_datagrams(g->config->kind) && !g->config->is_reliable;
}

/* Sockets. */

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

static int control(struct generator *g, int operation, unsigned member)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u32 = member };

	if (epoll_ctl(g->epoll, operation, g->line->descriptor(g, member), &event) == 0)
		return 0;
	generator_fail(g, "cannot watch member %u: %s", member + 1, strerror(errno));
	return -1;
}

int generator_watch_add(struct generator *g, unsigned member)
{
	return control(g, EPOLL_CTL_ADD, member);
}

static void change_most(struct generator *g, int operation)
{
	for (unsigned i = 0; i < g->pace.members; i++)
		if (generator_watch_last(g->config, i) != i)
			control(g, operation, i);
}

void generator_watch_groups(struct generator *g)
{
	if (!can_group(g))
		return;
	g->is_grouped = true;
	change_most(g, EPOLL_CTL_DEL);
}

void generator_watch_each(struct generator *g)
{
	if (!g->is_grouped)
		return;
	g->is_grouped = false;
	change_most(g, EPOLL_CTL_ADD);
}

bool generator_watch_is_tended(const struct generator *g)
{
	return g->is_grouped && g->is_granted;
}

int64_t generator_watch_tend_ns(const struct generator *g)
{
	const bool is_seldom = g->is_grouped && !g->is_granted;

	return (is_seldom ? GENERATOR_TEND_SELDOM_MS : GENERATOR_TEND_MS) * INT64_C(1000000);
}

/* As epoll_wait, but for so long to the nanosecond. */
static int wait_for(const struct generator *g, struct epoll_event events[GENERATOR_WATCH_SOCKETS],
		    int64_t wait_ns)
{
	const struct timespec wait = { wait_ns / ns_per_s, wait_ns % ns_per_s };
	const int count = epoll_pwait2(g->epoll, events, GENERATOR_WATCH_SOCKETS, &wait, NULL);

	if (count < 0 && errno == ENOSYS) { /* Linux before 5.11 */
		struct pollfd pollfd = { .fd = g->epoll, .events = POLLIN };

		ppoll(&pollfd, 1, &wait, NULL);
		return epoll_wait(g->epoll, events, GENERATOR_WATCH_SOCKETS, 0);
	}
	return count;
}

int generator_watch_wait(const struct generator *g, unsigned members[GENERATOR_WATCH_MEMBERS],
			 int64_t wait_ns)
{
	const unsigned step = generator_rooms(g->config);
	struct epoll_event events[GENERATOR_WATCH_SOCKETS];
	const int sockets = wait_for(g, events, wait_ns);
	int count = sockets < 0 ? -1 : 0;

	for (int i = 0; i < sockets; i++) {
		const unsigned last = events[i].data.u32;
		const unsigned first =
			g->is_grouped ? generator_watch_first(g->config, last) : last;

		for (unsigned member = first; member <= last; member += step)
			members[count++] = member;
	}
	return count;
}
