#include "client/tour/chapter.h"

#include "client/tour/chapters/chapters.h"
#include "client/tour/page/fold.h"

const struct chapter chapter_list[] = {
	{ 1, chapters_address }, { 2, chapters_datagrams }, { 3, chapters_streams },
	{ 4, chapters_request }, { 5, chapters_layers },    { 6, chapters_enet },
};

const size_t chapter_count = sizeof(chapter_list) / sizeof(chapter_list[0]);

const struct chapter *chapter_find(int number)
{
	for (size_t i = 0; i < chapter_count; i++) {
		if (chapter_list[i].number == number)
			return &chapter_list[i];
	}
	return NULL;
}

bool chapter_play(struct tour *tour, const struct chapter *chapter)
{
	bool is_whole;

	step_chapter(tour, chapter->number);
	is_whole = chapter->tell(tour);
	step_chapter_end(tour);
	return is_whole;
}

void chapter_print_list(const struct tour *tour)
{
	char key[24], text[LANGUAGE_TEXT_BYTES];

	for (size_t i = 0; i < chapter_count; i++) {
		snprintf(key, sizeof(key), "%d.title", chapter_list[i].number);
		fprintf(tour->out, "  %d  %s\n", chapter_list[i].number,
			language_text(tour->language, key, text) ? text : "");
	}
}

const char *chapter_numbers(void)
{
	static char text[8 * sizeof(chapter_list) / sizeof(chapter_list[0])];
	size_t at = 0;

	for (size_t i = 0; i < chapter_count; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%d", i ? ", " : "",
				       chapter_list[i].number);
	return text;
}
