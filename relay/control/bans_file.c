#include "relay/control/bans_file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/wire/text.h"

enum {
	FILE_MAX_BYTES = 4 << 20, /* more than BANS_MAX lines have, with comments */
	NAME_BYTES = NAME_MAX + 1,
	STACK_BYTES = 64 << 10,
};

struct bans_file {
	const char *path;
	int folder;
	char name[NAME_BYTES], fresh[NAME_BYTES]; /* in the folder; the one being written */
	pthread_t thread;
	bool has_thread;

	pthread_mutex_t mutex; /* for the fields below; never held while writing */
	pthread_cond_t changed;
	char *text; /* to be written; NULL: none */
	size_t size;
	uint64_t asked, done; /* numbers of texts */
	int result;           /* of the last one */
	bool is_ending;
};

static bool fail(char *error, const char *what, const char *path, int result, const char *remedy)
{
	snprintf(error, BANS_FILE_ERROR_BYTES, "cannot %s the bans' file \"%.200s\": %s; %s", what,
		 text_shown(path).text, strerror(-result), remedy);
	return false;
}

/* Writing, in the thread. */

static int write_all(int descriptor, const char *text, size_t size)
{
	while (size > 0) {
		const ssize_t written = write(descriptor, text, size);

		if (written < 0 && errno != EINTR)
			return -errno;
		if (written > 0) {
			text += written;
			size -= (size_t)written;
		}
	}
	return fsync(descriptor) == 0 ? 0 : -errno;
}

static int replace(const struct bans_file *file, const char *text, size_t size)
{
	const int fresh = openat(file->folder, file->fresh,
				 O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	int result;

	if (fresh < 0)
		return -errno;
	result = write_all(fresh, text, size);
	close(fresh);
	if (result == 0 && renameat(file->folder, file->fresh, file->folder, file->name) != 0)
		result = -errno;
	if (result == 0)
		fsync(file->folder); /* where the file system has that for folders */
	return result;
}

static void *run(void *argument)
{
	struct bans_file *file = argument;

	pthread_mutex_lock(&file->mutex);
	while (file->text || !file->is_ending) {
		char *text = file->text;
		const size_t size = file->size;
		const uint64_t number = file->asked;
		int result;

		if (!text) {
			pthread_cond_wait(&file->changed, &file->mutex);
			continue;
		}
		file->text = NULL;
		pthread_mutex_unlock(&file->mutex);
		result = replace(file, text, size);
		free(text);
		pthread_mutex_lock(&file->mutex);
		file->done = number;
		file->result = result;
	}
	pthread_mutex_unlock(&file->mutex);
	return NULL;
}

/* Signals are the loop's. */
static bool begin_thread(struct bans_file *file)
{
	pthread_attr_t attributes;
	sigset_t all, before;
	int result;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK_BYTES);
	result = pthread_create(&file->thread, &attributes, run, file);
	pthread_attr_destroy(&attributes);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	file->has_thread = result == 0;
	return file->has_thread;
}

/* Opening and closing. */

static int split(struct bans_file *file)
{
	char folder[PATH_MAX], name[PATH_MAX];

	if ((size_t)snprintf(folder, sizeof(folder), "%s", file->path) >= sizeof(folder))
		return -ENAMETOOLONG;
	strcpy(name, folder);
	if ((size_t)snprintf(file->name, NAME_BYTES, "%s", basename(name)) >= NAME_BYTES ||
	    (size_t)snprintf(file->fresh, NAME_BYTES, "%s.new", file->name) >= NAME_BYTES)
		return -ENAMETOOLONG;
	file->folder = open(dirname(folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return file->folder < 0 ? -errno : 0;
}

bool bans_file_open(struct bans_file **opened, const char *path, bool writes,
		    char error[BANS_FILE_ERROR_BYTES])
{
	struct bans_file *file = calloc(1, sizeof(*file));
	int result = -ENOMEM;

	*opened = file;
	if (file) {
		pthread_mutex_init(&file->mutex, NULL);
		pthread_cond_init(&file->changed, NULL);
		file->path = path;
		file->folder = -1;
		result = split(file);
	}
	if (result == 0 && writes && !begin_thread(file))
		result = -EAGAIN;
	if (result == 0)
		return true;
	bans_file_close(file);
	*opened = NULL;
	return fail(error, "open", path, result, "give a file in a folder that exists");
}

void bans_file_close(struct bans_file *file)
{
	if (!file)
		return;
	if (file->has_thread) {
		pthread_mutex_lock(&file->mutex);
		file->is_ending = true;
		pthread_cond_signal(&file->changed);
		pthread_mutex_unlock(&file->mutex);
		pthread_join(file->thread, NULL);
	}
	if (file->folder >= 0)
		close(file->folder);
	pthread_mutex_destroy(&file->mutex);
	pthread_cond_destroy(&file->changed);
	free(file);
}

int bans_file_folder(const struct bans_file *file)
{
	return file->folder;
}

bool bans_file_check(const struct bans_file *file, char error[BANS_FILE_ERROR_BYTES])
{
	if (faccessat(file->folder, ".", W_OK | X_OK, AT_EACCESS) == 0)
		return true;
	return fail(error, "write", file->path, -errno,
		    "each change replaces it, so give a file in a folder that the relay's user may "
		    "write in");
}

/* Reading. */

static int read_whole(int descriptor, char **text, size_t *size)
{
	struct stat status;
	ssize_t got = 1;

	if (fstat(descriptor, &status) != 0)
		return -errno;
	if (!S_ISREG(status.st_mode))
		return S_ISDIR(status.st_mode) ? -EISDIR : -EINVAL;
	if (status.st_size > FILE_MAX_BYTES)
		return -EFBIG;
	*size = 0;
	*text = malloc((size_t)status.st_size + 1);
	if (!*text)
		return -ENOMEM;
	while (got > 0 && *size < (size_t)status.st_size) {
		got = read(descriptor, *text + *size, (size_t)status.st_size - *size);
		*size += got > 0 ? (size_t)got : 0;
	}
	return got < 0 ? -errno : 0;
}

bool bans_file_read(const struct bans_file *file, struct bans *bans, bool *is_missing,
		    char error[BANS_FILE_ERROR_BYTES])
{
	const struct bans_now now = bans_text_now();
	const int descriptor = openat(file->folder, file->name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char fault[BANS_TEXT_ERROR_BYTES], *text = NULL;
	int result = descriptor < 0 ? -errno : 0;
	size_t size = 0;
	bool is_good;

	*is_missing = result == -ENOENT;
	if (*is_missing)
		return true;
	if (result == 0) {
		result = read_whole(descriptor, &text, &size);
		close(descriptor);
	}
	is_good = result == 0 && bans_text_read(bans, text, size, &now, fault);
	free(text);
	if (result != 0)
		return fail(error, "read", file->path, result,
			    "give a regular file that the relay may read");
	if (!is_good)
		snprintf(error, BANS_FILE_ERROR_BYTES, "the bans' file \"%.200s\", %s",
			 text_shown(file->path).text, fault);
	return is_good;
}

/* Saving. */

uint64_t bans_file_save(struct bans_file *file, char *text, size_t size)
{
	uint64_t number;

	pthread_mutex_lock(&file->mutex);
	free(file->text);
	file->text = text;
	file->size = size;
	number = ++file->asked;
	pthread_cond_signal(&file->changed);
	pthread_mutex_unlock(&file->mutex);
	return number;
}

bool bans_file_is_saved(struct bans_file *file, uint64_t number, int *result)
{
	bool is_saved;

	pthread_mutex_lock(&file->mutex);
	is_saved = file->done >= number;
	*result = file->result;
	pthread_mutex_unlock(&file->mutex);
	return is_saved;
}
