#include "bench/port.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A line: "sl: ADDRESS:PORT ...", hexadecimal, and the drops as its last word. */
static void take_line(struct port *port, uint16_t number, const char *line)
{
	const char *address = strchr(line, ':');
	const char *colon = address ? strchr(address + 1, ':') : NULL;
	const char *end = line + strlen(line), *word;

	if (!colon || strtoul(colon + 1, NULL, 16) != number)
		return;
	while (end > line && (end[-1] == ' ' || end[-1] == '\n'))
		end--;
	for (word = end; word > line && word[-1] != ' ';)
		word--;
	port->is_bound = true;
	port->drops += strtoull(word, NULL, 10);
}

static void take_file(struct port *port, uint16_t number, const char *path)
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

struct port port_read(uint16_t number)
{
	struct port port = { 0 };

	take_file(&port, number, "/proc/net/udp");
	take_file(&port, number, "/proc/net/udp6");
	return port;
}
