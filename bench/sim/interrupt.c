#include "bench/sim/interrupt.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t has_come;

static void take(int signal)
{
	(void)signal;
	has_come = 1;
}

void interrupt_watch(void)
{
	const struct sigaction action = { .sa_handler = take };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

bool interrupt_has_come(void)
{
	return has_come;
}
