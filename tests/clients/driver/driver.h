/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the parts of the driver share.  The driver is one headless libpurple
 * with one SIPE account: commands are JSON objects, one a line, on stdin;
 * events are JSON objects, one a line, on stdout.  It links libpurple and is
 * GPL-2.0-or-later by that; nothing of it goes into the server.
 */
#ifndef DRIVER_H
#define DRIVER_H

#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <glib.h>
#include <json-glib/json-glib.h>
#include <purple.h>

#define UI_ID "rapport-test-client"

/* main.c: the one and only account */
extern PurpleAccount *account;
extern GMainLoop *loop;
void do_quit(void);

/* events.c: JSON in and out, and the trace of what SIPE says on the wire */
extern int out_fd;
extern FILE *debug_file;
extern gboolean sip_events;

#define o_int(o, k, v)  json_object_set_int_member((o), (k), (gint64)(v))
#define o_bool(o, k, v) json_object_set_boolean_member((o), (k), (v) ? TRUE : FALSE)
void o_str(JsonObject *o, const char *k, const char *v);
const char *j_str(JsonObject *o, const char *k);
gint64 j_int(JsonObject *o, const char *k, gint64 dflt);
gboolean j_bool(JsonObject *o, const char *k, gboolean dflt);
gboolean j_has(JsonObject *o, const char *k);
JsonObject *ev_new(const char *name);
void ev_emit(JsonObject *o);            /* takes ownership */
gchar *html_to_text(const char *html);
gchar *text_to_html(const char *text);
void set_html(JsonObject *o, const char *html);
void events_init(void);

/* platform.c: the event loop, and a resolver that never leaves the machine */
void platform_init(void);
void platform_ui_init(void);

/* ui.c: what Pidgin would show, as events */
extern gchar *cert_policy;              /* accept | reject */
extern gchar *last_error_text;
extern int last_error_reason;
extern gboolean quitting;
const char *reason_name(int r);
void put_note(JsonObject *o, PurpleStatus *s);
JsonObject *buddy_snapshot(PurpleBuddy *b, gboolean full);
PurpleConnection *gc_now(void);
PurplePluginProtocolInfo *prpl_info(void);
void ui_init(void);
void ui_connect_signals(void);

/* commands.c: what a user of Pidgin would do */
void run_line(const char *line);

/* repairs.c: faults of Debian 12's combination of libpurple, libxml2 and SIPE */
extern gboolean xml_repaired;
extern gchar *fake_host_name;
void repairs_init(void);

#endif
