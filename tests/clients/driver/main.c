/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Start and end of the driver; see driver.h and ../README.md.
 */
#include "driver.h"

#include <fcntl.h>
#include <locale.h>
#include <signal.h>

PurpleAccount *account;
GMainLoop *loop;

static gboolean quit_now(gpointer d)
{
	(void)d;
	g_main_loop_quit(loop);
	return FALSE;
}

/* signs off, and ends when SIPE has said so */
void do_quit(void)
{
	if (quitting)
		return;
	quitting = TRUE;
	if (account && purple_account_get_connection(account)) {
		purple_account_disconnect(account);
		g_timeout_add_seconds(5, quit_now, NULL);
	} else {
		g_timeout_add(20, quit_now, NULL);
	}
}

static GString *inbuf;

static gboolean stdin_cb(GIOChannel *src, GIOCondition cond, gpointer d)
{
	char buf[65536];
	ssize_t n = read(0, buf, sizeof(buf));
	(void)src; (void)cond; (void)d;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return TRUE;
	if (n <= 0) {
		do_quit();
		return FALSE;
	}
	g_string_append_len(inbuf, buf, n);
	for (;;) {
		char *nl = memchr(inbuf->str, '\n', inbuf->len);
		gchar *line;
		if (!nl)
			break;
		line = g_strndup(inbuf->str, nl - inbuf->str);
		g_string_erase(inbuf, 0, nl - inbuf->str + 1);
		g_strstrip(line);
		if (*line)
			run_line(line);
		g_free(line);
	}
	return TRUE;
}

static GHashTable *ui_info(void)
{
	static GHashTable *h;
	if (!h) {
		h = g_hash_table_new(g_str_hash, g_str_equal);
		g_hash_table_insert(h, (gpointer)"name", (gpointer)UI_ID);
		g_hash_table_insert(h, (gpointer)"version", (gpointer)"1");
	}
	return h;
}

static void ui_nothing(void) {}

static PurpleCoreUiOps core_ops = {
	ui_nothing, ui_nothing, ui_init, NULL, ui_info, NULL, NULL, NULL
};

static void glib_log(const gchar *domain, GLogLevelFlags level, const gchar *msg, gpointer d)
{
	(void)d;
	if (debug_file) {
		fprintf(debug_file, "(glib) %s/%d: %s\n", domain ? domain : "-", level, msg);
		fflush(debug_file);
	}
	if (level & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL)) {
		JsonObject *o = ev_new("glib_critical");
		o_str(o, "domain", domain);
		o_str(o, "message", msg);
		ev_emit(o);
	}
}

int main(int argc, char **argv)
{
	gchar *home = NULL, *dbg = NULL;
	gboolean verbose_sip = FALSE;
	GOptionEntry opts[] = {
		{ "home", 0, 0, G_OPTION_ARG_FILENAME, &home, "purple home directory", "DIR" },
		{ "debug-log", 0, 0, G_OPTION_ARG_FILENAME, &dbg, "full libpurple/SIPE debug log", "FILE" },
		{ "host-name", 0, 0, G_OPTION_ARG_STRING, &fake_host_name, "machine name that SIPE sees", "NAME" },
		{ "sip-events", 0, 0, G_OPTION_ARG_NONE, &verbose_sip, "emit every SIP/HTTP message as event", NULL },
		{ NULL, 0, 0, 0, NULL, NULL, NULL }
	};
	GOptionContext *ctx = g_option_context_new("- headless SIPE client");
	GError *e = NULL;
	GIOChannel *ch;
	JsonObject *o;
	PurplePlugin *sipe;

	setlocale(LC_ALL, "");
	repairs_init();
	g_option_context_add_main_entries(ctx, opts, NULL);
	if (!g_option_context_parse(ctx, &argc, &argv, &e)) {
		fprintf(stderr, "%s\n", e->message);
		return 2;
	}
	if (!home) {
		fprintf(stderr, "--home is required\n");
		return 2;
	}
	sip_events = verbose_sip;

	/* keep stray printf()s of libraries off the event channel */
	out_fd = fcntl(1, F_DUPFD_CLOEXEC, 10);
	dup2(2, 1);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_DFL);

	/* no D-Bus, no NetworkManager, no desktop settings */
	g_setenv("DBUS_SESSION_BUS_ADDRESS", "disabled:", TRUE);
	g_setenv("DBUS_SYSTEM_BUS_ADDRESS", "disabled:", TRUE);
	g_unsetenv("DISPLAY");

	if (dbg)
		debug_file = fopen(dbg, "a");
	g_log_set_default_handler(glib_log, NULL);

	cert_policy = g_strdup("accept");
	inbuf = g_string_new("");
	loop = g_main_loop_new(NULL, FALSE);

	purple_util_set_user_dir(home);
	g_mkdir_with_parents(home, 0700);
	events_init();
	purple_core_set_ui_ops(&core_ops);
	platform_init();
	purple_plugins_add_search_path("/usr/lib/purple-2");
	if (!purple_core_init(UI_ID)) {
		fprintf(stderr, "purple_core_init failed\n");
		return 1;
	}
	purple_set_blist(purple_blist_new());
	purple_blist_load();
	purple_prefs_load();
	purple_prefs_set_bool("/purple/logging/log_ims", FALSE);
	purple_prefs_set_bool("/purple/logging/log_chats", FALSE);
	purple_prefs_set_bool("/purple/logging/log_system", FALSE);
	purple_prefs_set_string("/purple/away/idle_reporting", "none");
	purple_prefs_set_bool("/purple/away/away_when_idle", FALSE);
	purple_prefs_set_string("/purple/away/auto_reply", "never");
	purple_prefs_set_bool("/purple/network/auto_ip", FALSE);
	purple_prefs_set_bool("/purple/network/map_ports", FALSE);
	purple_prefs_set_string("/purple/proxy/type", "none");
	purple_network_listen_map_external(FALSE);
	purple_network_force_online();
	ui_connect_signals();

	sipe = purple_find_prpl("prpl-sipe");
	ch = g_io_channel_unix_new(0);
	g_io_add_watch(ch, G_IO_IN | G_IO_HUP | G_IO_ERR, stdin_cb, NULL);

	o = ev_new("ready");
	o_int(o, "pid", getpid());
	o_str(o, "libpurple", purple_core_get_version());
	o_str(o, "sipe", sipe ? sipe->info->version : NULL);
	o_str(o, "sipe_path", sipe ? sipe->path : NULL);
	o_bool(o, "ssl", purple_ssl_is_supported());
	o_bool(o, "libxml2_repaired", xml_repaired);
	ev_emit(o);

	g_main_loop_run(loop);

	o = ev_new("bye");
	ev_emit(o);
	purple_core_quit();
	if (debug_file)
		fclose(debug_file);
	return 0;
}
