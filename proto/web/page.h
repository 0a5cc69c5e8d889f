/* page: files that are put into a program as it is built, to be served by its web (web.h). */
#ifndef STARLING_PROTO_WEB_PAGE_H
#define STARLING_PROTO_WEB_PAGE_H

/* Chart.js where Debian's libjs-chart.js has it. */
#define PAGE_CHART "/usr/share/javascript/chart.js/chart.min.js"

/* Puts a file's bytes in, from `name` to `name`_end. */
#define PAGE_BYTES(name, file)                                                                     \
	__asm__(".section .rodata\n" #name ":\n.incbin \"" file "\"\n" #name                       \
		"_end:\n.previous\n");                                                             \
	extern const char name[], name##_end[]

/* A struct web_file of these. */
#define PAGE_FILE(path, type, name)                                                                \
	{                                                                                          \
		path, type, name, name##_end                                                       \
	}

#define PAGE_HTML   "text/html; charset=utf-8"
#define PAGE_STYLE  "text/css; charset=utf-8"
#define PAGE_SCRIPT "text/javascript; charset=utf-8"

#endif
