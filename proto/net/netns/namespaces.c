#include "proto/net/netns/namespaces.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static bool write_file(const char *path, const char *text)
{
	const int file = open(path, O_WRONLY | O_CLOEXEC);
	const ssize_t size = (ssize_t)strlen(text);
	const bool is_fine = file >= 0 && write(file, text, (size_t)size) == size;

	if (file >= 0)
		close(file);
	return is_fine;
}

/* A user namespace in which this user is root, of what is made in it. */
static bool become_root(void)
{
	const uid_t user = geteuid();
	const gid_t group = getegid();
	char map[64];

	if (unshare(CLONE_NEWUSER) != 0)
		return false;
	snprintf(map, sizeof(map), "0 %u 1", (unsigned)user);
	if (!write_file("/proc/self/uid_map", map) || !write_file("/proc/self/setgroups", "deny"))
		return false;
	snprintf(map, sizeof(map), "0 %u 1", (unsigned)group);
	return write_file("/proc/self/gid_map", map);
}

int namespaces_make(char error[static NAMESPACES_ERROR_BYTES])
{
	int descriptor = -1;

	if (unshare(CLONE_NEWNET) == 0 ||
	    (errno == EPERM && become_root() && unshare(CLONE_NEWNET) == 0))
		descriptor = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (descriptor < 0)
		snprintf(error, NAMESPACES_ERROR_BYTES,
			 "cannot make a network namespace: %s; run it as root, allow unprivileged "
			 "user namespaces (sysctl user.max_user_namespaces, "
			 "kernel.unprivileged_userns_clone, "
			 "kernel.apparmor_restrict_unprivileged_userns)",
			 strerror(errno));
	return descriptor;
}

int namespaces_enter(int descriptor)
{
	return setns(descriptor, CLONE_NEWNET) == 0 ? 0 : -errno;
}
