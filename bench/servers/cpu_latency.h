/*
 * cpu_latency: keeps the processors from sleeping while something is measured. One that sleeps
 * comes back late, with its caches cold or switched off; one that is virtual is given to others
 * meanwhile, until they let go of it. How late and how cold is the machine's affair of the moment,
 * not that of the programs to be compared, so it is kept out of their figures where that is
 * allowed: by Linux's interface for quality of service (PM QoS, Documentation/power/
 * pm_qos_interface.rst), which only root may use unless the device is given to others. Idle
 * processors then take their full power.
 */
#ifndef STARLING_BENCH_CPU_LATENCY_H
#define STARLING_BENCH_CPU_LATENCY_H

#include <stdbool.h>

#define CPU_LATENCY_DEVICE "/dev/cpu_dma_latency"

/* All zero: nothing is held. */
struct cpu_latency {
	bool is_held;
	int descriptor;
};

/*
 * No processor of the machine sleeps from now on, until the release, or the end of this process and
 * of those that it forked since. `device` is CPU_LATENCY_DEVICE, or a test's. Where it is not to be
 * had, nothing is held, and nothing else changes.
 */
void cpu_latency_hold(struct cpu_latency *latency, const char *device);

void cpu_latency_release(struct cpu_latency *latency);

#endif
