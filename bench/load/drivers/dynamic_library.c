#include "bench/load/drivers/dynamic_library.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

bool dynamic_library_load(const char *const *libraries,
			  const struct dynamic_library_function *functions, size_t count,
			  char why[static DYNAMIC_LIBRARY_WHY_BYTES])
{
	void *handle = NULL;

	for (size_t i = 0; libraries[i] && !handle; i++)
		handle = dlopen(libraries[i], RTLD_NOW | RTLD_LOCAL);
	if (!handle) {
		snprintf(why, DYNAMIC_LIBRARY_WHY_BYTES, "there is no %s", libraries[0]);
		return false;
	}
	for (size_t i = 0; i < count; i++) {
		void *found = dlsym(handle, functions[i].name);

		if (!found) {
			snprintf(why, DYNAMIC_LIBRARY_WHY_BYTES, "%s has no %s", libraries[0],
				 functions[i].name);
			dlclose(handle);
			return false;
		}
		/* ISO C has no conversion between the two kinds of pointers; POSIX's dlsym has. */
		memcpy(functions[i].where, &found, sizeof(found));
	}
	return true;
}
