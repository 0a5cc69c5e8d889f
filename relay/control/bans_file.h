/*
 * bans_file: the file in which bans are kept. Each change writes it anew under another name, and
 * then gives it its name (rename), so that at any time the file is whole, after a crash too. A
 * thread of its own writes and waits for the disk; the loop asks whether it has done so.
 *
 * The folder stays open: the file is read and written in it even when the process may no longer get
 * there by a path.
 */
#ifndef STARLING_RELAY_CONTROL_BANS_FILE_H
#define STARLING_RELAY_CONTROL_BANS_FILE_H

#include "relay/control/bans_text.h"

enum {
	BANS_FILE_ERROR_BYTES = 512,
};

struct bans_file;

/*
 * Opens the file's folder, and makes no file. `writes`: bans_file_save will be called. `path` must
 * outlive it. False: a sentence in `error`.
 */
bool bans_file_open(struct bans_file **file, const char *path, bool writes,
		    char error[BANS_FILE_ERROR_BYTES]);

/* Writes what waits, and frees it. NULL is allowed. */
void bans_file_close(struct bans_file *file);

/* The folder's descriptor. */
int bans_file_folder(const struct bans_file *file);

/* Whether the process, as who it is now, may write there. False: a sentence in `error`. */
bool bans_file_check(const struct bans_file *file, char error[BANS_FILE_ERROR_BYTES]);

/*
 * Reads the file's bans into `bans`, which is empty. `*is_missing`: there is none, and no bans.
 * False: a sentence in `error`.
 */
bool bans_file_read(const struct bans_file *file, struct bans *bans, bool *is_missing,
		    char error[BANS_FILE_ERROR_BYTES]);

/*
 * Has the file written, with `size` bytes in memory that is then the file's. Texts that have not
 * been written yet are left out for the newest. Returns this text's number, above 0.
 */
uint64_t bans_file_save(struct bans_file *file, char *text, size_t size);

/* Whether that text or a newer one was written, or could not be: `*result` is a negative errno
 * value, or 0. */
bool bans_file_is_saved(struct bans_file *file, uint64_t number, int *result);

#endif
