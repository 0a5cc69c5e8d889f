#include "tests/elf.h"

#include <elf.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const ElfW(Ehdr) * header(const struct elf *elf)
{
	return (const void *)elf->bytes;
}

static bool is_known(const struct elf *elf)
{
	return elf->size >= sizeof(ElfW(Ehdr)) &&
	       memcmp(header(elf)->e_ident, ELFMAG, SELFMAG) == 0 &&
	       header(elf)->e_phoff + header(elf)->e_phnum * sizeof(ElfW(Phdr)) <= elf->size;
}

bool elf_read(struct elf *elf, const char *path)
{
	FILE *file = fopen(path, "rb");
	struct stat about;
	bool is_read;

	*elf = (struct elf){ 0 };
	if (!file || fstat(fileno(file), &about) != 0) {
		if (file)
			fclose(file);
		return false;
	}
	elf->size = (size_t)about.st_size;
	elf->bytes = malloc(elf->size);
	is_read = elf->bytes && fread(elf->bytes, 1, elf->size, file) == elf->size;
	fclose(file);
	return is_read && is_known(elf);
}

void elf_free(struct elf *elf)
{
	free(elf->bytes);
	*elf = (struct elf){ 0 };
}

bool elf_write(const struct elf *elf, const char *path)
{
	FILE *file = fopen(path, "wb");
	bool is_written;

	if (!file)
		return false;
	is_written = fwrite(elf->bytes, 1, elf->size, file) == elf->size;
	return fclose(file) == 0 && is_written && chmod(path, 0700) == 0;
}

static const ElfW(Phdr) * segment(const struct elf *elf, unsigned type, uint64_t address)
{
	const ElfW(Phdr) *segments = (const void *)(elf->bytes + header(elf)->e_phoff);

	for (unsigned i = 0; i < header(elf)->e_phnum; i++)
		if (segments[i].p_type == type &&
		    (type != PT_LOAD || address - segments[i].p_vaddr < segments[i].p_filesz))
			return &segments[i];
	return NULL;
}

/* The entry of the dynamic section with this tag. */
static ElfW(Dyn) * entry(struct elf *elf, int64_t tag)
{
	const ElfW(Phdr) *dynamic = segment(elf, PT_DYNAMIC, 0);
	ElfW(Dyn) * entries;

	if (!dynamic || dynamic->p_offset + dynamic->p_filesz > elf->size)
		return NULL;
	entries = (void *)(elf->bytes + dynamic->p_offset);
	for (size_t i = 0; i < dynamic->p_filesz / sizeof(*entries); i++)
		if (entries[i].d_tag == tag)
			return &entries[i];
	return NULL;
}

bool elf_bind_to_itself(struct elf *elf)
{
	ElfW(Dyn) *flags = entry(elf, DT_FLAGS);

	if (!flags)
		return false;
	flags->d_un.d_val |= DF_SYMBOLIC;
	return true;
}

bool elf_hide(struct elf *elf, const char *name)
{
	const ElfW(Dyn) *table = entry(elf, DT_STRTAB), *size = entry(elf, DT_STRSZ);
	const ElfW(Phdr) *loaded = table ? segment(elf, PT_LOAD, table->d_un.d_ptr) : NULL;
	char *text, *end;

	if (!size || !loaded)
		return false;
	text = (char *)elf->bytes + loaded->p_offset + (table->d_un.d_ptr - loaded->p_vaddr);
	for (end = text + size->d_un.d_val; text < end; text += strlen(text) + 1)
		if (strcmp(text, name) == 0) {
			text[0] = '?';
			return true;
		}
	return false;
}
