#include "bench/servers/cpu_latency.h"

#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>

void cpu_latency_hold(struct cpu_latency *latency, const char *device)
{
	const int32_t longest_us = 0; /* that waking may take: so only polling is left */

	latency->descriptor = open(device, O_WRONLY | O_CLOEXEC);
	latency->is_held = latency->descriptor >= 0;
	if (latency->is_held &&
	    write(latency->descriptor, &longest_us, sizeof(longest_us)) != sizeof(longest_us))
		cpu_latency_release(latency);
}

void cpu_latency_release(struct cpu_latency *latency)
{
	if (latency->is_held)
		close(latency->descriptor);
	latency->is_held = false;
}
