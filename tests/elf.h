/*
 * elf: copies of programs and libraries with their dynamic linking changed, to test what we do when
 * it is not as we want it. 64-bit files of this machine's own kind.
 */
#ifndef STARLING_TESTS_ELF_H
#define STARLING_TESTS_ELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A whole file in memory. */
struct elf {
	uint8_t *bytes;
	size_t size;
};

/* Reads it; false when it cannot be read or is no such file. elf_free in any case. */
bool elf_read(struct elf *elf, const char *path);
void elf_free(struct elf *elf);

/* Writes it, executable. */
bool elf_write(const struct elf *elf, const char *path);

/*
 * Binds a library to itself: the dynamic linker looks for its symbols in the library first, as if
 * it had been linked with -Bsymbolic. False when the file has no flags to set that in.
 */
bool elf_bind_to_itself(struct elf *elf);

/*
 * Renames a symbol in the table that the dynamic linker reads, so that nobody finds it under
 * `name`, as if it had been compiled with hidden visibility. False when there is none.
 */
bool elf_hide(struct elf *elf, const char *name);

#endif
