#include "relay/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "relay/sandbox_internal.h"

enum {
	READING = LANDLOCK_ACCESS_FS_READ_FILE,
	REMOVING = LANDLOCK_ACCESS_FS_REMOVE_FILE,
	REPLACING = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG | REMOVING,
};

/* The C library has no functions for these. */

/* Where nothing is to be made or removed, the sandbox forbids these calls altogether. */
static int create_rules(const struct sandbox_files *files)
{
	const struct landlock_ruleset_attr attributes = {
		.handled_access_fs = READING | LANDLOCK_ACCESS_FS_WRITE_FILE |
				     (files->written || files->removed ? REPLACING : 0)
	};

	return (int)syscall(SYS_landlock_create_ruleset, &attributes, sizeof(attributes), 0);
}

static int allow_below(int rules, int folder, uint64_t access)
{
	const struct landlock_path_beneath_attr below = { .allowed_access = access,
							  .parent_fd = folder };

	return (int)syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &below, 0);
}

static int restrict_thread(int rules)
{
	return (int)syscall(SYS_landlock_restrict_self, rules, 0);
}

static int allow_folder_of(int rules, const char *file, uint64_t access)
{
	char path[PATH_MAX];
	int folder, result;

	if ((size_t)snprintf(path, sizeof(path), "%s", file) >= sizeof(path))
		return -ENAMETOOLONG;
	folder = open(dirname(path), O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return -errno;
	result = allow_below(rules, folder, access) == 0 ? 0 : -errno;
	close(folder);
	return result;
}

static int allow_reading(int rules, const char *file)
{
	char *target = realpath(file, NULL); /* NULL: a pipe, which is not read again */
	int result = allow_folder_of(rules, file, READING);

	if (result == 0 && target)
		result = allow_folder_of(rules, target, READING);
	free(target);
	return result;
}

static int hold(int rules, const struct sandbox_files *files)
{
	int result = files->read ? allow_reading(rules, files->read) : 0;

	if (result == 0 && files->written)
		result = allow_folder_of(rules, files->written, READING | REPLACING);
	if (result == 0 && files->removed)
		result = allow_folder_of(rules, files->removed, REMOVING);
	if (result != 0)
		return result;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || restrict_thread(rules) != 0)
		return -errno;
	return 0;
}

enum sandbox_outcome sandbox_hold_files(const struct sandbox_files *files,
					char error[SANDBOX_ERROR_BYTES])
{
	int rules, result;

	if (HAS_SANITIZER)
		return SANDBOX_LEFT_OUT;
	/* The zone of the log's times is a file, which is read once. */
	tzset();
	rules = create_rules(files);
	result = rules >= 0 ? hold(rules, files) : -errno;
	if (rules >= 0)
		close(rules);
	if (result == 0)
		return SANDBOX_ENTERED;
	snprintf(error, SANDBOX_ERROR_BYTES, "%s", strerror(-result));
	return SANDBOX_REFUSED;
}
