/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * JSON in and out, and the trace of what SIPE says on the wire.
 */
#include "driver.h"

int out_fd = 1;                 /* private dup of stdout */
FILE *debug_file;
gboolean sip_events;

void o_str(JsonObject *o, const char *k, const char *v)
{
	if (!v) {
		json_object_set_null_member(o, k);
	} else if (g_utf8_validate(v, -1, NULL)) {
		json_object_set_string_member(o, k, v);
	} else {
		gchar *t = g_utf8_make_valid(v, -1);
		json_object_set_string_member(o, k, t);
		g_free(t);
	}
}

const char *j_str(JsonObject *o, const char *k)
{
	JsonNode *n = o ? json_object_get_member(o, k) : NULL;
	if (!n || !JSON_NODE_HOLDS_VALUE(n) ||
	    json_node_get_value_type(n) != G_TYPE_STRING)
		return NULL;
	return json_node_get_string(n);
}

gint64 j_int(JsonObject *o, const char *k, gint64 dflt)
{
	JsonNode *n = o ? json_object_get_member(o, k) : NULL;
	if (!n || !JSON_NODE_HOLDS_VALUE(n))
		return dflt;
	if (json_node_get_value_type(n) == G_TYPE_STRING)
		return g_ascii_strtoll(json_node_get_string(n), NULL, 10);
	if (json_node_get_value_type(n) == G_TYPE_BOOLEAN)
		return json_node_get_boolean(n);
	return json_node_get_int(n);
}

gboolean j_bool(JsonObject *o, const char *k, gboolean dflt)
{
	JsonNode *n = o ? json_object_get_member(o, k) : NULL;
	if (!n || !JSON_NODE_HOLDS_VALUE(n))
		return dflt;
	if (json_node_get_value_type(n) == G_TYPE_BOOLEAN)
		return json_node_get_boolean(n);
	if (json_node_get_value_type(n) == G_TYPE_STRING)
		return !g_ascii_strcasecmp(json_node_get_string(n), "true");
	return json_node_get_int(n) != 0;
}

gboolean j_has(JsonObject *o, const char *k)
{
	return o && json_object_has_member(o, k) &&
	       !json_object_get_null_member(o, k);
}

static void write_all(const char *p, gsize n)
{
	while (n) {
		ssize_t w = write(out_fd, p, n);
		if (w < 0) {
			if (errno == EINTR)
				continue;
			if (errno == EAGAIN) {
				g_usleep(1000);
				continue;
			}
			_exit(3);       /* nobody is reading any more */
		}
		p += w;
		n -= w;
	}
}

JsonObject *ev_new(const char *name)
{
	JsonObject *o = json_object_new();
	json_object_set_string_member(o, "event", name);
	return o;
}

/* takes ownership */
void ev_emit(JsonObject *o)
{
	static gint64 seq;
	JsonNode *n;
	gchar *s;
	gchar *name = g_strdup(j_str(o, "event"));
	GString *line;

	o_int(o, "seq", ++seq);
	json_object_set_double_member(o, "t", g_get_real_time() / 1e6);
	n = json_node_new(JSON_NODE_OBJECT);
	json_node_take_object(n, o);
	s = json_to_string(n, FALSE);
	line = g_string_new(s);
	g_string_append_c(line, '\n');
	write_all(line->str, line->len);
	if (debug_file && !purple_strequal(name, "sip"))
		fprintf(debug_file, "(driver) EVENT %s", line->str);
	g_string_free(line, TRUE);
	g_free(s);
	g_free(name);
	json_node_unref(n);
}

/* html of a message -> plain text; a bare newline is a line break here */
gchar *html_to_text(const char *html)
{
	gchar *br, *t;
	if (!html)
		return NULL;
	br = purple_strdup_withhtml(html);
	t = purple_markup_strip_html(br);
	g_free(br);
	return t;
}

/* and back, as Pidgin's input line does it */
gchar *text_to_html(const char *text)
{
	gchar *esc = g_markup_escape_text(text, -1);
	gchar *h = purple_strdup_withhtml(esc);
	g_free(esc);
	return h;
}

void set_html(JsonObject *o, const char *html)
{
	gchar *t = html_to_text(html);
	o_str(o, "html", html);
	o_str(o, "text", t);
	g_free(t);
}

static void sip_trace(const char *msg)
{
	/* "\nMESSAGE START >>>>>>>>>> SIP(0x..) - time\n<msg>\nMESSAGE END ..." */
	const char *p = strstr(msg, "MESSAGE START ");
	const char *eol, *end;
	gboolean out;
	gchar proto[16] = "";
	const char *lp;
	gchar *body;

	if (!p)
		return;
	out = strstr(p, ">>>>>>>>>>") && (strstr(p, ">>>>>>>>>>") - p) < 20;
	eol = strchr(p, '\n');
	if (!eol)
		return;
	lp = p + strlen("MESSAGE START ") + 11;
	{
		gsize n = strcspn(lp, "(");
		if (n < sizeof(proto)) {
			memcpy(proto, lp, n);
			proto[n] = 0;
		}
	}
	end = g_strrstr(eol, "\nMESSAGE END ");
	body = end ? g_strndup(eol + 1, end - eol - 1) : g_strdup(eol + 1);
	if (sip_events) {
		JsonObject *o = ev_new("sip");
		o_str(o, "dir", out ? "out" : "in");
		o_str(o, "proto", proto);
		o_str(o, "text", body);
		ev_emit(o);
	}
	g_free(body);
}

static void dbg_print(PurpleDebugLevel level, const char *category, const char *msg)
{
	static const char *const names[] = { "all", "misc", "info", "warn", "error", "fatal" };
	if (debug_file) {
		struct timespec ts;
		struct tm tm;
		char b[64];
		gsize n = strlen(msg);
		clock_gettime(CLOCK_REALTIME, &ts);
		localtime_r(&ts.tv_sec, &tm);
		strftime(b, sizeof(b), "%H:%M:%S", &tm);
		fprintf(debug_file, "(%s.%03ld) %s/%s: %s%s", b, ts.tv_nsec / 1000000,
			category ? category : "-",
			level <= PURPLE_DEBUG_FATAL ? names[level] : "?", msg,
			(n && msg[n - 1] == '\n') ? "" : "\n");
		fflush(debug_file);
	}
	if (purple_strequal(category, "sipe") && strstr(msg, "MESSAGE START "))
		sip_trace(msg);
}

static gboolean dbg_enabled(PurpleDebugLevel level, const char *category)
{
	(void)level;
	(void)category;
	return TRUE;
}

static PurpleDebugUiOps debug_ops = { dbg_print, dbg_enabled, NULL, NULL, NULL, NULL };

void events_init(void)
{
	purple_debug_set_enabled(FALSE);
	purple_debug_set_verbose(TRUE);
	purple_debug_set_unsafe(TRUE);          /* SIPE then logs message contents */
	purple_debug_set_ui_ops(&debug_ops);
}
