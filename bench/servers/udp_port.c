#include "bench/servers/udp_port.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A line: "sl: ADDRESS:PORT ...", hexadecimal. */
static bool is_of(uint16_t number, const char *line)
{
	const char *address = strchr(line, ':');
	const char *colon = address ? strchr(address + 1, ':') : NULL;

	return colon && strtoul(colon + 1, NULL, 16) == number;
}

/* The drops are its last word. */
static void take_line(struct udp_port *port, uint16_t number, const char *line)
{
	const char *end = line + strlen(line), *word;

	if (!is_of(number, line))
		return;
	while (end > line && (end[-1] == ' ' || end[-1] == '\n'))
		end--;
	for (word = end; word > line && word[-1] != ' ';)
		word--;
	port->is_bound = true;
	port->drops += strtoull(word, NULL, 10);
}

static void take_file(struct udp_port *port, uint16_t number, const char *path)
{
	char line[512];
	FILE *file = fopen(path, "re");

	if (!file)
		return;
	/* The first line has the names of the columns. */
	port->is_known |= fgets(line, sizeof(line), file) != NULL;
	while (fgets(line, sizeof(line), file))
		take_line(port, number, line);
	fclose(file);
}

struct udp_port udp_port_read(uint16_t number)
{
	struct udp_port port = { 0 };

	take_file(&port, number, "/proc/net/udp");
	take_file(&port, number, "/proc/net/udp6");
	return port;
}

/* The socket's owner. */

enum {
	INODES_MAX = 64,
};

/* "sl local remote state queues timer retransmits uid timeout inode ..." */
static size_t take_inodes(uint16_t number, const char *path, unsigned long *inodes, size_t count)
{
	char line[512];
	FILE *file = fopen(path, "re");

	while (file && count < INODES_MAX && fgets(line, sizeof(line), file))
		if (is_of(number, line) &&
		    sscanf(line, "%*s %*s %*s %*s %*s %*s %*s %*s %*s %lu", &inodes[count]) == 1)
			count++;
	if (file)
		fclose(file);
	return count;
}

/* The inode of the socket behind a link of /proc/PID/fd; 0: it is none, or cannot be read. */
static unsigned long socket_inode(int folder, const char *name)
{
	char link[64];
	const ssize_t size = readlinkat(folder, name, link, sizeof(link) - 1);
	unsigned long inode;

	link[size > 0 ? size : 0] = '\0';
	return sscanf(link, "socket:[%lu]", &inode) == 1 ? inode : 0;
}

enum udp_port_owner udp_port_owner(uint16_t number, pid_t process)
{
	unsigned long inodes[INODES_MAX];
	size_t count = take_inodes(number, "/proc/net/udp", inodes, 0);
	enum udp_port_owner owner = UDP_PORT_ANOTHERS;
	const struct dirent *entry;
	char path[64];
	DIR *folder;

	count = take_inodes(number, "/proc/net/udp6", inodes, count);
	snprintf(path, sizeof(path), "/proc/%d/fd", (int)process);
	folder = count > 0 && count < INODES_MAX ? opendir(path) : NULL;
	if (!folder)
		return UDP_PORT_UNKNOWN;
	while (owner == UDP_PORT_ANOTHERS && (entry = readdir(folder))) {
		const unsigned long inode = socket_inode(dirfd(folder), entry->d_name);

		for (size_t i = 0; i < count && inode != 0; i++)
			if (inodes[i] == inode)
				owner = UDP_PORT_ITS_OWN;
	}
	closedir(folder);
	return owner;
}
