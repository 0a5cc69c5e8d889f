/*
 * page: the HTML of a report, piece by piece: one file that needs nothing else, light and dark,
 * wide and narrow. Everything that goes into it as text is escaped.
 */
#ifndef STARLING_BENCH_PAGE_H
#define STARLING_BENCH_PAGE_H

#include <stdio.h>

/* All up to the first heading, which is the title; and what ends the file. Whether it could be
 * written, ferror(3) says at the end. */
void page_begin(FILE *out, const char *title);
void page_end(FILE *out);

/* With <, >, &, " and ' escaped. */
void page_text(FILE *out, const char *text);

/* <TAG>text</TAG>, formatted and escaped; the tag, as it is, may have attributes. */
void page_element(FILE *out, const char *tag, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Two drawings of the same as <svg>, which are not escaped, one for a narrow page; and what one
 * sees in them. `id` names the place on the page. */
void page_figure(FILE *out, const char *id, const char *svg, const char *narrow,
		 const char *caption);

/* A table's cells go between; a first row of <th> by page_element. */
void page_table_begin(FILE *out);
void page_table_end(FILE *out);

/* Something that is folded until it is asked for. */
void page_details_begin(FILE *out, const char *summary);
void page_details_end(FILE *out);

#endif
