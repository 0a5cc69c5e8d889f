#include "relay/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <linux/landlock.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "relay/sandbox_internal.h"

/* The C library has no functions for these. */

static int create_rules(void)
{
	const struct landlock_ruleset_attr attributes = {
		.handled_access_fs = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE
	};

	return (int)syscall(SYS_landlock_create_ruleset, &attributes, sizeof(attributes), 0);
}

static int allow_reading_below(int rules, int folder)
{
	const struct landlock_path_beneath_attr below = { .allowed_access =
								  LANDLOCK_ACCESS_FS_READ_FILE,
							  .parent_fd = folder };

	return (int)syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &below, 0);
}

static int restrict_thread(int rules)
{
	return (int)syscall(SYS_landlock_restrict_self, rules, 0);
}

static int allow_folder_of(int rules, const char *file)
{
	char path[PATH_MAX];
	int folder, result;

	if ((size_t)snprintf(path, sizeof(path), "%s", file) >= sizeof(path))
		return -ENAMETOOLONG;
	folder = open(dirname(path), O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return -errno;
	result = allow_reading_below(rules, folder) == 0 ? 0 : -errno;
	close(folder);
	return result;
}

static int allow(int rules, const char *file)
{
	char *target = realpath(file, NULL); /* NULL: a pipe, which is not read again */
	int result = allow_folder_of(rules, file);

	if (result == 0 && target)
		result = allow_folder_of(rules, target);
	free(target);
	return result;
}

static int hold(int rules, const char *file)
{
	const int result = allow(rules, file);

	if (result != 0)
		return result;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || restrict_thread(rules) != 0)
		return -errno;
	return 0;
}

enum sandbox_outcome sandbox_hold_files(const char *file, char error[SANDBOX_ERROR_BYTES])
{
	int rules, result;

	if (HAS_SANITIZER)
		return SANDBOX_LEFT_OUT;
	/* The zone of the log's times is a file, which is read once. */
	tzset();
	rules = create_rules();
	result = rules >= 0 ? hold(rules, file) : -errno;
	if (rules >= 0)
		close(rules);
	if (result == 0)
		return SANDBOX_ENTERED;
	snprintf(error, SANDBOX_ERROR_BYTES, "%s", strerror(-result));
	return SANDBOX_REFUSED;
}
