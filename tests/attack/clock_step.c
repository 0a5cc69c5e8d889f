/*
 * For LD_PRELOAD: three seconds after the program's first look, the clock on its wall goes on half
 * a minute later, as one does that somebody sets.
 */
#include <stddef.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum {
	AFTER_S = 3,
	STEP_S = 31,
};

static long look(clockid_t clock, struct timespec *time)
{
	return syscall(SYS_clock_gettime, clock, time);
}

/* How much later it is by now. */
static time_t step_s(void)
{
	static struct timespec first;
	struct timespec now;

	look(CLOCK_MONOTONIC, &now);
	if (first.tv_sec == 0)
		first = now;
	return now.tv_sec - first.tv_sec >= AFTER_S ? STEP_S : 0;
}

int clock_gettime(clockid_t clock, struct timespec *time)
{
	const long result = look(clock, time);

	if (clock == CLOCK_REALTIME)
		time->tv_sec += step_s();
	return (int)result;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone)
{
	struct timespec now;

	(void)zone;
	(void)clock_gettime(CLOCK_REALTIME, &now);
	time->tv_sec = now.tv_sec;
	time->tv_usec = now.tv_nsec / 1000;
	return 0;
}
