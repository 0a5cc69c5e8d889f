#include "bench/result/machine.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

/* The text behind `key` and its separator in the first line of the file that starts with it. */
static void read_value(const char *path, const char *key, char out[static MACHINE_TEXT_BYTES])
{
	const size_t size = strlen(key);
	FILE *file = fopen(path, "re");
	char line[512];

	while (file && out[0] == '\0' && fgets(line, sizeof(line), file)) {
		const char *at = line + size;

		if (strncmp(line, key, size) != 0)
			continue;
		at += strspn(at, " \t:=\"");
		snprintf(out, MACHINE_TEXT_BYTES, "%.*s", (int)strcspn(at, "\"\n"), at);
	}
	if (file)
		fclose(file);
}

void machine_describe(struct machine *machine)
{
	struct utsname name;
	cpu_set_t cpus;
	const long pages = sysconf(_SC_PHYS_PAGES), page_bytes = sysconf(_SC_PAGESIZE);

	*machine = (struct machine){ 0 };
	read_value("/proc/cpuinfo", "model name", machine->processor);
	read_value("/etc/os-release", "PRETTY_NAME", machine->system);
	if (uname(&name) == 0)
		snprintf(machine->kernel, sizeof(machine->kernel), "%.30s %.60s %.30s",
			 name.sysname, name.release, name.machine);
	if (sched_getaffinity(0, sizeof(cpus), &cpus) == 0)
		machine->cores = (unsigned)CPU_COUNT(&cpus);
	if (pages > 0 && page_bytes > 0)
		machine->memory_bytes = (uint64_t)pages * (uint64_t)page_bytes;
}
