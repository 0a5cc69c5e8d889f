#include "proto/cli/child.h"

#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	STEP_MS = 2,
};

void child_begin(pid_t parent, int cpu)
{
	cpu_set_t cpus;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	setpgid(0, 0);
	if (cpu < 0)
		return;
	CPU_ZERO(&cpus);
	CPU_SET((size_t)cpu, &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus);
}

void child_end(pid_t pid, int signal, int patience_ms)
{
	const struct timespec step = { 0, STEP_MS * 1000000L };

	if (pid <= 0)
		return;
	kill(pid, signal);
	for (int waited_ms = 0; waitpid(pid, NULL, WNOHANG) == 0; waited_ms += STEP_MS) {
		if (waited_ms >= patience_ms) {
			kill(pid, SIGKILL);
			waitpid(pid, NULL, 0);
			return;
		}
		nanosleep(&step, NULL);
	}
}

void child_hurry(void)
{
	const struct sched_param first = { .sched_priority = 1 };

	sched_setscheduler(0, SCHED_RR, &first);
}
