#include "bench/result/page.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "bench/result/figures.h"
#include "bench/result/text/columns.h"
#include "proto/wire/text.h"

enum {
	NONCE_BYTES = 16,
	CHART_MAX_BYTES = 4 << 20,
};

/* Files of the page, as texts. The Makefile says that this object depends on them. */
#define PAGE_FILE(name, file)                                                                      \
	__asm__(".section .rodata\n" #name ":\n.incbin \"bench/result/page/" file "\"\n.byte 0\n"  \
		".previous\n");                                                                    \
	extern const char name[]
PAGE_FILE(page_template, "page.html");
PAGE_FILE(page_base, "../../../proto/web/page/base.css");
PAGE_FILE(page_style, "page.css");
PAGE_FILE(page_document, "document.js");
PAGE_FILE(page_elements, "elements.js");
PAGE_FILE(page_sentences, "sentences.js");
PAGE_FILE(page_plots, "plots.js");
PAGE_FILE(page_drawing, "drawing.js");
PAGE_FILE(page_handling, "handling.js");
PAGE_FILE(page_saving, "saving.js");
PAGE_FILE(page_tables, "tables.js");
PAGE_FILE(page_main, "main.js");

/* In the order in which they need each other. */
static const char *const scripts[] = { page_document, page_elements, page_sentences,
				       page_plots,    page_drawing,  page_handling,
				       page_saving,   page_tables,   page_main };

struct writing {
	const struct page *page;
	FILE *out;
	char nonce[2 * NONCE_BYTES + 1];
	char *error;
};

static bool fail(const struct writing *writing, const char *sentence)
{
	snprintf(writing->error, PAGE_ERROR_BYTES, "%s", sentence);
	return false;
}

/*
 * The text of a JSON document, which a <script> holds. A "<" stands there only inside strings, and
 * as \u003c it ends no script and begins no comment.
 */
static void write_json(FILE *out, const char *text)
{
	for (; *text != '\0'; text++)
		if (*text == '<')
			fputs("\\u003c", out);
		else
			fputc(*text, out);
}

/* Parts of the page. Each writes what stands in the place of a mark. */

static bool write_nonce(const struct writing *writing)
{
	fputs(writing->nonce, writing->out);
	return true;
}

static bool write_style(const struct writing *writing)
{
	fputs(page_base, writing->out);
	fputs(page_style, writing->out);
	return true;
}

static bool write_scripts(const struct writing *writing)
{
	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++)
		fputs(scripts[i], writing->out);
	return true;
}

static bool add_figure(cJSON *list, const struct figure *figure)
{
	static const char *const commands[] = { "contrast", "compare", "load", "self-test" };
	cJSON *item = cJSON_CreateObject();
	char tables[64] = "";

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (columns_have(commands[i], figure->name))
			snprintf(tables + strlen(tables), sizeof(tables) - strlen(tables), "%s ",
				 commands[i]);
	return cJSON_AddItemToArray(list, item) &&
	       cJSON_AddStringToObject(item, "name", figure->name) &&
	       cJSON_AddStringToObject(item, "shown", figure->shown) &&
	       cJSON_AddNumberToObject(item, "scale", figures_scale(figure)) &&
	       cJSON_AddStringToObject(item, "tables", tables) &&
	       cJSON_AddStringToObject(item, "better", figures_better_text(figure->better)) &&
	       cJSON_AddStringToObject(item, "title", figure->title) &&
	       cJSON_AddStringToObject(item, "meaning", figure->meaning);
}

static bool write_figures(const struct writing *writing)
{
	cJSON *list = cJSON_CreateArray();
	bool is_whole = list != NULL;
	char *text;

	for (size_t i = 0; is_whole && i < figures_count; i++)
		is_whole = add_figure(list, &figures[i]);
	text = is_whole ? cJSON_PrintUnformatted(list) : NULL;
	if (text)
		write_json(writing->out, text);
	cJSON_free(text);
	cJSON_Delete(list);
	return text || fail(writing, "not enough memory");
}

static bool write_path(const struct writing *writing, const char *path)
{
	cJSON *name = cJSON_CreateString(text_shown(path).text);
	char *text = name ? cJSON_PrintUnformatted(name) : NULL;

	if (text)
		write_json(writing->out, text);
	cJSON_free(text);
	cJSON_Delete(name);
	return text != NULL;
}

static bool write_result(const struct writing *writing, const struct result *result)
{
	char *text = NULL;
	size_t size;
	FILE *memory = open_memstream(&text, &size);
	bool is_whole = memory && result_print(result, memory) == 0;

	if (memory && fclose(memory) != 0)
		is_whole = false;
	if (is_whole)
		write_json(writing->out, text);
	free(text);
	return is_whole;
}

static bool write_results(const struct writing *writing)
{
	const struct page *page = writing->page;

	for (size_t i = 0; i < page->count; i++) {
		fputs(i == 0 ? "[{\"path\":" : ",{\"path\":", writing->out);
		if (!write_path(writing, page->paths[i]))
			return fail(writing, "not enough memory");
		fputs(",\"document\":", writing->out);
		if (!write_result(writing, page->results[i]))
			return fail(writing, "not enough memory");
		fputs("}", writing->out);
	}
	fputs("]", writing->out);
	return true;
}

static char *read_file(const char *path)
{
	FILE *file = fopen(path, "re");
	char *text = file ? calloc(1, CHART_MAX_BYTES + 1) : NULL;

	if (text && (fread(text, 1, CHART_MAX_BYTES, file) == 0 || ferror(file))) {
		free(text);
		text = NULL;
	}
	if (file)
		fclose(file);
	return text;
}

/* It names itself in its first lines. A "</script" in it would end the script early. */
static bool is_chart(const char *text)
{
	return strstr(text, "Chart.js v3.") && !strcasestr(text, "</script");
}

static bool write_chart(const struct writing *writing)
{
	const char *path = writing->page->chart_path;
	char *text = read_file(path);
	const bool is_there = text && is_chart(text);

	if (is_there)
		fputs(text, writing->out);
	else
		snprintf(writing->error, PAGE_ERROR_BYTES,
			 "%.200s %s; install Debian's libjs-chart.js or give the file's place with "
			 "--chart",
			 text_shown(path).text, text ? "is not Chart.js 3" : "cannot be read");
	free(text);
	return is_there;
}

static const struct part {
	const char *mark;
	bool (*write)(const struct writing *writing);
} parts[] = {
	{ "@NONCE@", write_nonce },     { "@STYLE@", write_style }, { "@FIGURES@", write_figures },
	{ "@RESULTS@", write_results }, { "@CHART@", write_chart }, { "@SCRIPT@", write_scripts },
};

static const struct part *part_at(const char *text)
{
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (strncmp(text, parts[i].mark, strlen(parts[i].mark)) == 0)
			return &parts[i];
	return NULL;
}

static bool write_template(const struct writing *writing)
{
	for (const char *at = page_template; *at != '\0';) {
		const struct part *part = *at == '@' ? part_at(at) : NULL;

		if (!part) {
			fputc(*at++, writing->out);
			continue;
		}
		if (!part->write(writing))
			return false;
		at += strlen(part->mark);
	}
	return true;
}

/* The page's policy lets only those scripts run that have it, so whoever wrote a result must not
 * know it. */
static bool draw_nonce(struct writing *writing)
{
	uint8_t bytes[NONCE_BYTES];

	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		return fail(writing, "the system gives no random bytes");
	for (size_t i = 0; i < sizeof(bytes); i++)
		snprintf(writing->nonce + 2 * i, 3, "%02x", bytes[i]);
	return true;
}

int page_write(const struct page *page, FILE *out, char error[static PAGE_ERROR_BYTES])
{
	struct writing writing = { .page = page, .out = out, .error = error };

	return draw_nonce(&writing) && write_template(&writing) ? 0 : -1;
}
