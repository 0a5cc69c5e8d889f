#include "bench/result/report/page.h"

#include <stdarg.h>
#include <stdlib.h>

static const char style[] =
	":root{color-scheme:light dark;--back:#fff;--text:#1b1f24;--faint:#667;--line:#ccd;"
	"--bad:#b3261e}\n"
	"@media(prefers-color-scheme:dark){:root{--back:#14171a;--text:#e4e7ea;--faint:#9aa;"
	"--line:#3a4148;--bad:#ff8a80}}\n"
	"body{background:var(--back);color:var(--text);font:16px/1.55 system-ui,sans-serif;"
	"max-width:60rem;margin:0 auto;padding:1rem;overflow-wrap:anywhere}\n"
	"h1{font-size:1.6rem;line-height:1.25}h2{margin-top:2.5rem;border-bottom:1px solid "
	"var(--line)}\n"
	"figure{margin:1.5rem 0}.plot svg{width:100%;height:auto;color:var(--text)}\n"
	".narrow{display:none}@media(max-width:36rem){.wide{display:none}.narrow{display:block}}\n"
	"figcaption{color:var(--text)}.scroll{overflow-x:auto}\n"
	"table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.9rem}\n"
	"th,td{padding:.25rem .7rem .25rem 0;text-align:right;white-space:nowrap;"
	"border-bottom:1px solid var(--line)}\n"
	"th:first-child,td:first-child{text-align:left}\n"
	"summary{cursor:pointer;color:var(--faint)}\n"
	".bad{color:var(--bad)}\n";

void page_text(FILE *out, const char *text)
{
	for (; *text != '\0'; text++) {
		switch (*text) {
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '&':
			fputs("&amp;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		case '\'':
			fputs("&#39;", out);
			break;
		default:
			fputc(*text, out);
		}
	}
}

void page_element(FILE *out, const char *tag, const char *format, ...)
{
	va_list arguments;
	char *text = NULL;
	int size;

	va_start(arguments, format);
	size = vasprintf(&text, format, arguments);
	va_end(arguments);
	fprintf(out, "<%s>", tag);
	if (size >= 0) {
		page_text(out, text);
		free(text);
	}
	/* The end has no attributes. */
	fputs("</", out);
	while (*tag != '\0' && *tag != ' ')
		fputc(*tag++, out);
	fputs(">\n", out);
}

void page_begin(FILE *out, const char *title)
{
	fputs("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
	      "<link rel=\"icon\" href=\"data:,\">\n",
	      out);
	page_element(out, "title", "%s", title);
	fprintf(out, "<style>\n%s</style>\n</head>\n<body>\n", style);
	page_element(out, "h1", "%s", title);
}

void page_end(FILE *out)
{
	fputs("</body>\n</html>\n", out);
}

void page_figure(FILE *out, const char *id, const char *svg, const char *narrow,
		 const char *caption)
{
	fputs("<figure id=\"", out);
	page_text(out, id);
	fputs("\">\n<div class=\"plot\" role=\"img\" aria-label=\"", out);
	page_text(out, caption);
	fprintf(out, "\">\n<div class=\"wide\">%s</div>\n<div class=\"narrow\">%s</div></div>\n",
		svg, narrow);
	page_element(out, "figcaption", "%s", caption);
	fputs("</figure>\n", out);
}

void page_table_begin(FILE *out)
{
	fputs("<div class=\"scroll\"><table>\n", out);
}

void page_table_end(FILE *out)
{
	fputs("</table></div>\n", out);
}

void page_details_begin(FILE *out, const char *summary)
{
	fputs("<details>", out);
	page_element(out, "summary", "%s", summary);
}

void page_details_end(FILE *out)
{
	fputs("</details>\n", out);
}
