#include "bench/servers/allowance.h"

#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

bool allowance_has_descriptors(uint64_t needed)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= needed)
		return true;
	if (limit.rlim_max < needed)
		return false;
	limit.rlim_cur = needed;
	return setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

uint64_t allowance_descriptors(void)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_NOFILE, &limit) < 0 ? UINT64_MAX : limit.rlim_max;
}

static uint64_t available_bytes(void)
{
	char line[128];
	unsigned long long kib = 0;
	bool is_known = false;
	FILE *file = fopen("/proc/meminfo", "re");

	while (file && !is_known && fgets(line, sizeof(line), file))
		is_known = sscanf(line, "MemAvailable: %llu kB", &kib) == 1;
	if (file)
		fclose(file);
	return is_known ? kib * 1024 : UINT64_MAX;
}

/* Of what is mapped /proc/self/statm tells the pages first. */
static uint64_t mapped_bytes(void)
{
	unsigned long long pages = 0;
	FILE *file = fopen("/proc/self/statm", "re");

	if (file && fscanf(file, "%llu", &pages) != 1)
		pages = 0;
	if (file)
		fclose(file);
	return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static uint64_t mappable_bytes(void)
{
	const uint64_t mapped = mapped_bytes();
	struct rlimit limit;

	if (getrlimit(RLIMIT_AS, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY)
		return UINT64_MAX;
	return limit.rlim_cur > mapped ? limit.rlim_cur - mapped : 0;
}

uint64_t allowance_memory_bytes(void)
{
	const uint64_t available = available_bytes(), mappable = mappable_bytes();

	return available < mappable ? available : mappable;
}
